"""The night's work as one function, for those who run it from a shell or from cron."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flows.ingesting import ingest
from flows.keeping import Kept, keep
from flows.pressing import press, score
from flows.project import Project
from flows.quality import look
from flows.syncing import Synced, sync
from flows.training import Trained, train_tasks
from models.registry import CHAMPION
from pipeline.publish.publication import Publication
from pipeline.sources.reports import IngestReport

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """What one run took in, learned and published, which old publications it kept, and who was told of it."""

    ingested: tuple[IngestReport, ...]
    trained: tuple[Trained, ...]
    publication: Publication
    kept: Kept
    synced: tuple[Synced, ...]


def run(project: Project, as_of: datetime, at: datetime, *, retrain: bool, tell: Tell, keep_going: bool = False) -> Run:
    """New events in, models where there are none or `retrain` asks for them, scores, segments, publication, sync.

    `as_of` bounds what is read, `at` is the present, when files are ingested; `tell` hears what is being done. With
    `keep_going`, a segment that makes no sense is left out instead of stopping the night's work. A destination that
    fails has a problem among `synced` and stops nothing.
    """
    tell("Reading the sources")
    ingested = ingest(project, at)
    quality = look(project, as_of)
    trained: tuple[Trained, ...] = ()
    if retrain or needs_models(project):
        tell("Training on past cut-offs")
        trained = train_tasks(project, as_of)
    tell("Scoring every customer")
    profiles = score(project, as_of)
    tell("Publishing")
    publication = press(project, profiles, trained, quality=quality, keep_going=keep_going)
    kept = keep(project, publication)
    return Run(ingested, trained, publication, kept, sync(project, at, tell=tell))


def needs_models(project: Project) -> bool:
    """Say whether a task has no model in service."""
    return any(project.registry.find(task.name, CHAMPION) is None for task in project.tasks)
