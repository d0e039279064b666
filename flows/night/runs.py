"""The record of each run: when it began and ended, what came of it, its steps and what it found.

One file a run in `runs/`, written anew after each step, so that a run that was killed has a record without an outcome.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipeline.events.quality.finding import Finding, Severity
from pipeline.events.whole import write_whole
from pipeline.publish.manifest import code_version

RUNS = "runs"
NIGHT, TRAINING, BACKFILL = "night", "training", "backfill"
WORKS = (NIGHT, TRAINING, BACKFILL)


class Outcome(StrEnum):
    """What became of a run that ended."""

    PUBLISHED = "published"
    DONE = "done"  # of what does not publish by itself: a training, a backfill
    HELD_BACK = "held back"
    FAILED = "failed"


@dataclass(frozen=True)
class StepDone:
    """A step that ended, well or not, and how long it took."""

    name: str
    seconds: float
    failed: bool = False


@dataclass(frozen=True)
class Attempt:
    """What became of training a task: the version, null when there was too little to learn from, and why."""

    task: str
    version: int | None
    promoted: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RunRecord:
    """One run as its file tells it; `outcome` is None while it is under way, and for ever if it was killed.

    `work` is what it does, a night's or another's; `step` is the one that it is at. `removed` are the publications that
    it let go of, and `destinations` says what became of each, as `segcast sync --json` does. `error` is the sentence of
    one that failed, `held_back` of one that was held back.
    """

    run_id: str
    began: datetime
    as_of: datetime
    process: int
    code_version: str
    work: str = NIGHT
    ended: datetime | None = None
    outcome: Outcome | None = None
    step: str | None = None
    steps: tuple[StepDone, ...] = ()
    trained: tuple[Attempt, ...] = ()
    findings: tuple[Finding, ...] = ()
    publication: str | None = None
    removed: tuple[str, ...] = ()
    destinations: tuple[Mapping[str, Any], ...] = ()
    held_back: str | None = None
    error: str | None = None


def begin(folder: Path, as_of: datetime, at: datetime, work: str = NIGHT) -> "Running":
    """Begin the record of a run of the project in `folder` that starts at the moment `at`."""
    (folder / RUNS).mkdir(exist_ok=True)
    run_id = f"{at:%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"
    return Running(folder, RunRecord(run_id, at, as_of, os.getpid(), code_version(), work))


class Running:
    """A run under way, whose file tells of it at every moment."""

    def __init__(self, folder: Path, record: RunRecord) -> None:
        """Write the first of the record."""
        self.folder = folder
        self.record = record
        self._started = time.monotonic()
        self._write()

    def at(self, step: str) -> None:
        """Note that a step begins."""
        self._note(step=step)

    def did(self, step: StepDone) -> None:
        """Note that a step ended."""
        self._note(step=None, steps=(*self.record.steps, step))

    def learned(self, trained: Sequence[Attempt]) -> None:
        """Note what was trained."""
        self._note(trained=tuple(trained))

    def found(self, findings: Sequence[Finding]) -> None:
        """Note what was found, in place of what was noted before."""
        self._note(findings=tuple(findings))

    def published(self, publication_id: str) -> None:
        """Note what was published."""
        self._note(publication=publication_id)

    def removed(self, publication_ids: Sequence[str]) -> None:
        """Note which publications were let go of."""
        self._note(removed=tuple(publication_ids))

    def told(self, destinations: Sequence[Mapping[str, Any]]) -> None:
        """Note what became of each destination."""
        self._note(destinations=tuple(destinations))

    def ended(self, outcome: Outcome, **told: str | None) -> None:
        """Close the record with what became of the run."""
        passed = timedelta(seconds=time.monotonic() - self._started)
        self._note(outcome=outcome, step=None, ended=self.record.began + passed, **told)

    def _note(self, **news: Any) -> None:  # noqa: ANN401 - fields of the record
        self.record = replace(self.record, **news)
        self._write()

    def _write(self) -> None:
        path = self.folder / RUNS / f"{self.record.run_id}.json"
        write_whole(path, json.dumps(asdict(self.record), indent=2, default=_plain))


def runs(folder: Path) -> tuple[RunRecord, ...]:
    """Return every run of the project in `folder`, oldest first, but for those whose record cannot be read."""
    found = (_readable(path) for path in _written(folder))
    return tuple(run for run in found if run is not None)


def unreadable(folder: Path) -> tuple[Path, ...]:
    """Return the records that cannot be read: a night does without, and somebody should look."""
    return tuple(path for path in _written(folder) if _readable(path) is None)


def last_run(folder: Path, work: str = NIGHT) -> RunRecord | None:
    """Return the run of a kind that began last, None before the first, or where no record can be read."""
    return next((run for run in reversed(runs(folder)) if run.work == work), None)


def last_unfinished(folder: Path) -> RunRecord | None:
    """Return the newest run without an outcome: the one under way, if one is."""
    return next((run for run in reversed(runs(folder)) if run.outcome is None), None)


def _written(folder: Path) -> list[Path]:
    return sorted((folder / RUNS).glob("[!.]*.json"), key=lambda path: (path.name.partition("-")[0], _age(path)))


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns


def _readable(path: Path) -> RunRecord | None:
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(path: Path) -> RunRecord:
    told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    moments = {name: datetime.fromisoformat(told[name]) for name in ("began", "as_of", "ended") if told[name]}
    outcome = Outcome(told["outcome"]) if told["outcome"] else None
    steps = tuple(StepDone(**step) for step in told["steps"])
    findings = tuple(Finding(**{**one, "severity": Severity(one["severity"])}) for one in told["findings"])
    trained = tuple(Attempt(**{**one, "reasons": tuple(one["reasons"])}) for one in told.get("trained", ()))
    many = {name: tuple(told.get(name, ())) for name in ("removed", "destinations")}
    return RunRecord(
        **{**told, **moments, **many, "outcome": outcome, "steps": steps, "trained": trained, "findings": findings}
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
