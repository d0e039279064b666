"""Carrying out steps while the run's record and its log are kept, whoever carries them out."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from flows.damage import explained
from flows.learning.training import Trained
from flows.night.logs import in_a_sentence, run_log
from flows.night.runs import NIGHT, Attempt, Outcome, Running, StepDone, begin
from flows.project import Project
from flows.publishing.keeping import Kept
from flows.steps import Do, P, Step, T, UnexpectedError
from flows.syncing.sync import Synced
from pipeline.errors import SegcastError
from pipeline.events.quality.finding import Finding


class Recorded:
    """A `Do` that notes of each step that it began, how long it took and whether it failed."""

    def __init__(self, do: Do, running: Running, log: FilteringBoundLogger) -> None:
        """Carry out with `do`, note in `running`, write to `log`."""
        self._do = do
        self._running = running
        self.log = log

    @property
    def run_id(self) -> str:
        """The name of the run."""
        return self._running.record.run_id

    @property
    def publication(self) -> str | None:
        """The name of what the run has published so far."""
        return self._running.record.publication

    def __call__(self, step: Step[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the step's function returns."""
        began = time.monotonic()
        self._running.at(step.name)
        self.log.info("step began", step=step.name)
        try:
            result = self._do(step, *args, **kwargs)
        except BaseException:
            self._running.did(StepDone(step.name, _since(began), failed=True))
            raise
        self._running.did(StepDone(step.name, _since(began)))
        self.log.info("step ended", step=step.name, seconds=_since(began))
        return result

    def learned(self, trained: Sequence[Trained]) -> None:
        """Note what was trained, and what became of it."""
        self._running.learned([Attempt(one.task, one.version, one.promoted, one.reasons) for one in trained])
        for one in trained:
            self.log.info("trained", task=one.task, version=one.version, promoted=one.promoted, reasons=one.reasons)

    def found(self, findings: Sequence[Finding]) -> None:
        """Note the findings of the night."""
        self._running.found(findings)
        for one in findings:
            self.log.info("finding", about=one.about, severity=one.severity, sentence=one.sentence, action=one.action)

    def published(self, publication_id: str) -> None:
        """Note what was published, whatever becomes of the run afterwards."""
        self._running.published(publication_id)
        self.log.info("published", publication=publication_id)

    def kept(self, kept: Kept) -> None:
        """Note which old publications were let go of."""
        self._running.removed(kept.removed)
        if kept.removed or kept.warnings:
            self.log.info("kept", removed=kept.removed, warnings=kept.warnings)

    def synced(self, synced: Sequence[Synced]) -> None:
        """Note what became of each destination."""
        self._running.told([one.to_json() for one in synced])
        for one in synced:
            if one.problem:
                self.log.warning("destination failed", destination=one.destination, problem=one.problem)
            else:
                self.log.info("destination told", destination=one.destination)

    def ended(self, outcome: Outcome, *, publication: str | None = None, held_back: str | None = None) -> None:
        """Close record and log with what became of the run."""
        made = publication or self.publication
        self._running.ended(outcome, publication=made, held_back=held_back)
        self.log.info("run ended", outcome=outcome, publication=made, held_back=held_back)

    def failed(self, error: BaseException) -> None:
        """Close record and log with what went wrong."""
        sentence = in_a_sentence(error)
        self._running.ended(Outcome.FAILED, error=sentence)
        self.log.error("run ended", outcome=Outcome.FAILED, error=sentence)


@contextmanager
def recorded(project: Project, as_of: datetime, at: datetime, do: Do, work: str = NIGHT) -> Iterator[Recorded]:
    """Record what is done within as one run; what is raised is noted as its failure, and raised."""
    running = begin(project.folder, as_of, at, work)
    with run_log(project.folder, running.record) as log:
        run = Recorded(do, running, log)
        log.info("run began", as_of=as_of.isoformat(), code_version=running.record.code_version)
        try:
            yield run
        except BaseException as error:
            told = _told(project, error)
            run.failed(told or error)
            if told is None:
                raise
            raise told from error


def _told(project: Project, error: BaseException) -> SegcastError | None:
    """Return what a damaged file says of an error that nobody expected; None where the error stands for itself."""
    expected = isinstance(error, SegcastError) and not isinstance(error, UnexpectedError)
    if expected or not isinstance(error, Exception):
        return None
    try:
        return explained(project.folder, error)
    except Exception:  # noqa: BLE001 - the error itself is to be noted and raised
        return None


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
