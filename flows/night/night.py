"""The night, said once: what comes after what, whoever carries it out."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.learning.training import Trained
from flows.monitoring.notifying import Message, notify
from flows.monitoring.policy import rule
from flows.night.learning import tried
from flows.night.lessons import train_unasked, train_where_needed
from flows.night.lock import one_night
from flows.night.logs import in_a_sentence
from flows.night.order import DECIDE, INGEST, KEEP, LOOK, PUBLISH, SCORE, SWEEP, SYNC, TELL, WATCH
from flows.night.recorded import Recorded, recorded
from flows.night.runs import Outcome
from flows.night.work import Work
from flows.project import Project
from flows.publishing.keeping import Kept
from flows.publishing.pressing import Proof
from flows.steps import Do
from flows.syncing.sync import Synced
from pipeline.events.quality.finding import Finding, QualityReport
from pipeline.publish.published import Publication, latest
from pipeline.sources.reports import IngestReport


@dataclass(frozen=True)
class Night:
    """What came of a night: `publication` is tonight's, and None where `held_back` says why there is none.

    `findings` are about the log and about what was, or would have been, published. `unheard` says why the address of
    `[monitoring]` was not told of them, where it should have been.
    """

    run_id: str
    outcome: Outcome
    publication: Publication | None = None
    held_back: str = ""
    findings: tuple[Finding, ...] = ()
    ingested: tuple[IngestReport, ...] = ()
    trained: tuple[Trained, ...] = ()
    kept: Kept = field(default_factory=Kept)
    synced: tuple[Synced, ...] = ()
    unheard: str = ""


def night(
    project: Project,
    as_of: datetime,
    at: datetime,
    *,
    do: Do,
    retrain: bool = False,
    keep_going: bool = False,
    anyway: bool = False,
    wait: bool = False,
) -> Night:
    """New events in, models where they are needed, scores, segments, publication, and who is told of it.

    `as_of` bounds what is read, `at` is the present, when files are ingested; `do` carries out the steps. With
    `keep_going`, a segment that makes no sense is left out instead of stopping all; with `anyway`, no finding holds the
    publication back; with `wait`, another night is waited for instead of refused. A destination that fails has a
    problem among those told, and stops nothing. Started again after it broke, it goes on from there.
    """
    with one_night(project, wait=wait), recorded(project, as_of, at, do) as run, Work(project).temporary_files():
        tonight = _Tonight(project, as_of, at, run, keep_going=keep_going, anyway=anyway)
        try:
            told = tonight.told(tonight.carried_out(retrain=retrain))
        except Exception as error:
            _tell_of_failure(project, as_of, run, error)
            raise
        run.ended(told.outcome, publication=_name(told), held_back=told.held_back or None)
        Work(project).clear()
        return told


def _name(told: Night) -> str | None:
    return told.publication.publication_id if told.publication else None


def _tell_of_failure(project: Project, as_of: datetime, run: Recorded, error: Exception) -> None:
    """Let the address of `[monitoring]` hear that a night failed, and what it had published until then."""
    message = Message(run.run_id, as_of, Outcome.FAILED, (), run.publication, in_a_sentence(error))
    try:
        unheard = notify(project, message)
    except Exception as hindrance:  # noqa: BLE001 - it must not hide why the night failed
        unheard = in_a_sentence(hindrance)
    if unheard:
        run.log.warning("nobody heard", problem=unheard)


@dataclass(frozen=True)
class _Tonight:
    """One night with all that its parts share."""

    project: Project
    as_of: datetime
    at: datetime
    do: Recorded
    keep_going: bool
    anyway: bool

    def carried_out(self, *, retrain: bool) -> Night:
        do, project = self.do, self.project
        if swept := do(SWEEP, project):
            do.log.info("swept", trainings=swept)
        ingested = self._ingested()
        quality = do(LOOK, project, self.as_of)
        if held := self._held_back(quality.findings):
            return self._without_publication(held, quality.findings, ingested)
        trained = train_where_needed(project, self.as_of, do, asked=retrain)
        proof = self._proof(quality, trained)
        if not trained and self._asks_for_training(proof.findings):
            trained = train_unasked(project, self.as_of, do)
            proof = self._proof(quality, trained)
        if held := self._held_back(proof.findings):
            return self._without_publication(held, proof.findings, ingested, trained)
        return self._published(proof, ingested, trained)

    def told(self, done: Night) -> Night:
        """Return the night once the address of `[monitoring]` has heard of it, or could not."""
        message = Message(done.run_id, self.as_of, done.outcome, done.findings, _name(done), done.held_back)
        try:
            unheard = self.do(TELL, self.project, message)
        except Exception as error:  # noqa: BLE001 - what was published stands, whoever heard of it
            unheard = f"Nobody was told of the findings. {in_a_sentence(error)}"
        if unheard:
            self.do.log.warning("nobody heard", problem=unheard)
        return replace(done, unheard=unheard)

    def _ingested(self) -> tuple[IngestReport, ...]:
        ingested = self.do(INGEST, self.project, self.as_of, self.at)
        for one in ingested:
            if not one.known:
                told = {"rows_read": one.rows_read, "rows_written": one.rows_written}
                self.do.log.info("ingested", source=one.source, file=one.file, **told)
        return ingested

    def _synced(self) -> tuple[Synced, ...]:
        synced = self.do(SYNC, self.project, self.at) if latest(self.project.published) else ()
        self.do.synced(synced)
        return synced

    def _proof(self, quality: QualityReport, trained: tuple[Trained, ...]) -> Proof:
        profiles = self.do(SCORE, self.project, self.as_of)
        told = trained or tried(self.project, self.as_of)
        decision = self.do(DECIDE, self.project, profiles, told, keep_going=self.keep_going)
        findings = self.do(WATCH, self.project, profiles, decision, quality)
        return Proof(profiles, decision, quality, findings)

    def _asks_for_training(self, findings: tuple[Finding, ...]) -> bool:
        """Say whether the policy asks for training, and no night tried that lately."""
        return rule(self.project, findings, self.as_of).retrains and not tried(self.project, self.as_of)

    def _held_back(self, findings: tuple[Finding, ...]) -> str:
        """Return why the last publication is to stay in force; empty where nothing holds this one back."""
        return "" if self.anyway else rule(self.project, findings, self.as_of).sentence

    def _published(self, proof: Proof, ingested: tuple[IngestReport, ...], trained: tuple[Trained, ...]) -> Night:
        self.do.found(proof.findings)
        publication = self.do(PUBLISH, self.project, proof, trained or tried(self.project, self.as_of))
        self.do.published(publication.publication_id)
        kept = self.do(KEEP, self.project, publication)
        self.do.kept(kept)
        return Night(
            self.do.run_id,
            Outcome.PUBLISHED,
            publication,
            findings=proof.findings,
            ingested=ingested,
            trained=trained,
            kept=kept,
            synced=self._synced(),
        )

    def _without_publication(
        self,
        why: str,
        findings: tuple[Finding, ...],
        ingested: tuple[IngestReport, ...],
        trained: tuple[Trained, ...] = (),
    ) -> Night:
        """Leave the last publication in force; who unsubscribed since is still taken off the platforms."""
        self.do.found(findings)
        return Night(
            self.do.run_id,
            Outcome.HELD_BACK,
            held_back=why,
            findings=findings,
            ingested=ingested,
            trained=trained,
            synced=self._synced(),
        )
