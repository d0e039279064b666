"""The Prefect flows: what runs at night, each step a thin task over a plain function.

The only module that imports Prefect, because that alone takes seconds. Deploy by module path:
`prefect deploy flows.nightly:nightly`, or run one now with `segcast run --flow`.
"""

from datetime import datetime
from pathlib import Path

from prefect import flow, get_run_logger, task

from flows.ingesting import ingest
from flows.keeping import Kept, keep
from flows.pressing import press, score
from flows.project import Project, open_project
from flows.quality import look
from flows.running import needs_models
from flows.syncing import Synced, raise_problems, sync
from flows.training import Trained, train_tasks
from pipeline.events.quality.finding import QualityReport
from pipeline.publish.publication import Publication
from pipeline.segments.profiles import Profiles
from pipeline.sources.reports import IngestReport


@task(name="ingest", retries=2, retry_delay_seconds=10)  # a file share may be away for a moment
def _ingest(project: Project, at: datetime) -> tuple[IngestReport, ...]:
    return ingest(project, at)


@task(name="quality")
def _look(project: Project, as_of: datetime) -> QualityReport:
    return look(project, as_of)


@task(name="train")
def _train(project: Project, as_of: datetime) -> tuple[Trained, ...]:
    return train_tasks(project, as_of)


@task(name="score")
def _score(project: Project, as_of: datetime) -> Profiles:
    return score(project, as_of)


@task(name="publish")
def _press(
    project: Project,
    profiles: Profiles,
    trained: tuple[Trained, ...],
    *,
    quality: QualityReport | None = None,
    keep_going: bool,
) -> Publication:
    return press(project, profiles, trained, quality=quality, keep_going=keep_going)


@task(name="keep")
def _keep(project: Project, publication: Publication) -> Kept:
    kept = keep(project, publication)
    for warning in kept.warnings:
        get_run_logger().warning(warning)
    for name in kept.removed:
        get_run_logger().info("Removed: %s", name)
    return kept


@task(name="sync")
def _sync(project: Project, at: datetime) -> tuple[Synced, ...]:
    return sync(project, at)


@flow(name="segcast-ingest")
def ingest_flow(folder: str, at: datetime) -> int:
    """Bring new files into the log; returns how many rows it gained."""
    return sum(report.rows_written for report in _ingest(open_project(Path(folder)), at))


@flow(name="segcast-train")
def train_flow(folder: str, as_of: datetime) -> dict[str, bool]:
    """Train every task and promote what passes its gate; returns what was promoted, by task."""
    return {result.task: result.promoted for result in _train(open_project(Path(folder)), as_of)}


@flow(name="segcast-score")
def score_flow(folder: str, as_of: datetime) -> int:
    """Score every customer; returns how many there are."""
    return len(_score(open_project(Path(folder)), as_of))


@flow(name="segcast-publish")
def publish_flow(folder: str, as_of: datetime, *, keep_going: bool = False) -> str:
    """Score and publish with the models in service; returns the publication's id."""
    project = open_project(Path(folder), keep_going=keep_going)
    return _press(project, _score(project, as_of), (), keep_going=keep_going).publication_id


@flow(name="segcast-sync")
def sync_flow(folder: str, at: datetime) -> None:
    """Tell every destination of the newest publication; DestinationError, after all were tried, if any failed."""
    raise_problems(_sync(open_project(Path(folder)), at))


@flow(name="segcast-nightly")
def nightly(folder: str, as_of: datetime, at: datetime, *, retrain: bool = False, keep_going: bool = False) -> str:
    """New events in, models where there are none or `retrain` asks for them, scores, segments, publication, sync.

    `as_of` bounds what is read, `at` is the present, when files are ingested; with `keep_going`, a segment that makes
    no sense is left out instead of stopping all. Returns the publication's id; DestinationError where it stands, but
    not every destination was told of it.
    """
    project = open_project(Path(folder), keep_going=keep_going)
    _ingest(project, at)
    quality = _look(project, as_of)
    trained = _train(project, as_of) if retrain or needs_models(project) else ()
    profiles = _score(project, as_of)
    publication = _press(project, profiles, trained, quality=quality, keep_going=keep_going)
    _keep(project, publication)
    raise_problems(_sync(project, at))
    return publication.publication_id
