"""The steps of a night, in order, each over one plain function that may be begun again."""

from datetime import datetime, timedelta

from flows.ingesting import ingest, known_tonight
from flows.learning.training import Trained
from flows.monitoring.notifying import notify
from flows.monitoring.watching import watch
from flows.night.learning import train
from flows.night.sweeping import sweep
from flows.night.work import Work
from flows.project import Project
from flows.publishing.keeping import keep
from flows.publishing.pressing import Proof, decide_tonight, press_proof
from flows.quality import look
from flows.segmenting.scoring import score
from flows.steps import Step
from flows.syncing.sync import Synced, sync
from pipeline.publish.published import Publication
from pipeline.segments.profiles import Profiles
from pipeline.sources.reports import IngestReport


def _ingest(project: Project, as_of: datetime, at: datetime) -> tuple[IngestReport, ...]:
    return ingest(project, at, known_at=known_tonight(as_of, at))


def _score(project: Project, as_of: datetime) -> Profiles:
    """Score, unless a night that broke had done so in the same state of the project."""
    work = Work(project)
    kept = work.kept_profiles(as_of)
    if kept is not None:
        return kept
    profiles = score(project, as_of)
    work.keep_profiles(profiles)
    return profiles


def _publish(project: Project, proof: Proof, trained: tuple[Trained, ...]) -> Publication:
    """Publish, unless a night that broke had done so: by now it may have let go of what the report tells of."""
    work = Work(project)
    publication = work.pressed(proof.profiles.as_of)
    if publication is None:
        publication = press_proof(project, proof, trained)
        work.note_pressed(publication)
    return publication


def _sync(project: Project, at: datetime) -> tuple[Synced, ...]:
    return sync(project, at)


SHORT = timedelta(hours=1)

SWEEP = Step("sweep", sweep, timeout=SHORT, doing="Sweeping up after the night before")
INGEST = Step("ingest", _ingest, retries=2, doing="Reading the sources")  # a file share may be away for a moment
LOOK = Step("quality", look, retries=1, timeout=SHORT, doing="Looking at the log")
TRAIN = Step("train", train, retries=1, timeout=timedelta(hours=12), doing="Training on past cut-offs")
SCORE = Step("score", _score, retries=1, doing="Scoring every customer")
DECIDE = Step("segments", decide_tonight, retries=1, timeout=SHORT, doing="Deciding the segments")
WATCH = Step("watch", watch, retries=1, timeout=SHORT, doing="Looking what is unlike before")
PUBLISH = Step("publish", _publish, retries=1, timeout=SHORT, doing="Publishing")
KEEP = Step("keep", keep, timeout=SHORT, doing="Letting go of old publications")
SYNC = Step("sync", _sync, retries=1, doing="Telling the destinations")
TELL = Step("tell", notify, timeout=SHORT, doing="Telling what was found")

ORDER = tuple(step.name for step in (SWEEP, INGEST, LOOK, TRAIN, SCORE, DECIDE, WATCH, PUBLISH, KEEP, SYNC, TELL))
