"""A night's work in a process of its own, so that it can be killed, and what it left on record."""

import json
import math
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.nightly.world import World

RUNS = "runs"
LONGEST_SECONDS = 3600.0
LOOKS_EVERY_SECONDS, GLANCES_EVERY_SECONDS = 0.01, 0.001
WATCHED = (
    "runs",
    "store",
    "store/events/_delta_log",
    "store/snapshots",
    "mlruns",
    "mlflow.db",
    "work",
    "published",
    "outbox.db",
)
PRELOADED = ["benchmarks.nightly.preloaded", "mlflow.tracking"]
PROBLEMS = "problems.json"


@dataclass(frozen=True)
class Asked:
    """A night: as of which moment, when it is begun, and whether it is to train."""

    as_of: datetime
    at: datetime
    retrain: bool = False


@dataclass(frozen=True)
class Ended:
    """How a night's process ended: its exit code, negative where it was killed, and the record it left, if any.

    `problems` are the sentences of what went wrong: none where all went well, or where it was killed. `changes` is how
    often the project's folder was seen to change, where somebody watched.
    """

    exit_code: int
    seconds: float
    record: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    changes: int = 0

    @property
    def well(self) -> bool:
        """Whether it published and told everybody."""
        return self.exit_code == 0

    @property
    def steps(self) -> dict[str, float]:
        """The seconds of every step that ended."""
        return {one["name"]: one["seconds"] for one in self.record.get("steps", ())}


class Work:
    """A night under way in a process of its own."""

    def __init__(self, process: BaseProcess, world: World, before: frozenset[str]) -> None:
        """Hold the process; `before` are the names of the records of earlier runs."""
        self.process, self.world, self.before = process, world, before
        self.began = time.monotonic()

    def wait(self, seconds: float = LONGEST_SECONDS) -> bool:
        """Wait for it to end, so many seconds at most; return whether it has."""
        self.process.join(seconds)
        return self.process.exitcode is not None

    def wait_for(self, step: str) -> None:
        """Wait until a step begins, or the night is over."""
        while not self.wait(LOOKS_EVERY_SECONDS):
            if self.record().get("step") == step:
                return

    def wait_for_changes(self, most: float = math.inf) -> int:
        """Wait until the project's folder has changed that often, or the night is over; return how often it had."""
        seen, changes = _looks(self.world.project), 0
        while changes < most and not self.wait(GLANCES_EVERY_SECONDS):
            seen, before = _looks(self.world.project), seen
            changes += seen != before
        return changes

    def record(self) -> Mapping[str, Any]:
        """Return what the run has on record so far; empty before it has any."""
        fresh = [path for path in records(self.world.project) if path.name not in self.before]
        return _read(fresh[-1]) if fresh else {}

    def kill(self) -> Ended:
        """Kill it, unless it has ended by itself."""
        self.process.kill()
        return self.end()

    def end(self) -> Ended:
        """Wait for its end."""
        if not self.wait():
            self.process.kill()
            self.process.join()
        told = self.world.root / PROBLEMS
        problems = json.loads(told.read_text(encoding="utf-8")) if told.exists() else ()
        seconds = time.monotonic() - self.began
        return Ended(self.process.exitcode or 0, seconds, self.record(), tuple(problems))


def start(world: World, asked: Asked) -> Work:
    """Begin a night's work."""
    before = frozenset(path.name for path in records(world.project))
    (world.root / PROBLEMS).unlink(missing_ok=True)
    process = _context().Process(target=_carry_out, args=(world.root, world.project, asked, dict(world.environ)))
    work = Work(process, world, before)
    process.start()
    return work


def undisturbed(world: World, asked: Asked) -> Ended:
    """Do a night's work to its end, and watch how often the project's folder changes."""
    work = start(world, asked)
    changes = work.wait_for_changes()
    return replace(work.end(), changes=changes)


def records(project: Path) -> list[Path]:
    """Return the files of the records of a project's runs, the one written last at the end."""
    return sorted((project / RUNS).glob("[!.]*.json"), key=lambda path: path.stat().st_mtime_ns)


def _looks(project: Path) -> tuple[int, ...]:
    """Return when each place of a project that a night changes was changed last."""
    return tuple(_changed_at(project / name) for name in WATCHED)


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _context() -> ForkServerContext:
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")  # before it is imported
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _carry_out(root: Path, project: Path, asked: Asked, environ: Mapping[str, str]) -> None:
    """Do a night's work and end the process as the command line would."""
    os.environ.update(environ)
    tempfile.tempdir = None  # to be found anew
    from benchmarks.nightly.preloaded import carry_out  # noqa: PLC0415 - the process that only watches needs none of it

    told = carry_out(project, asked.as_of, asked.at, retrain=asked.retrain)
    (root / PROBLEMS).write_text(json.dumps(told.problems), encoding="utf-8")
    sys.exit(told.exit_code)
