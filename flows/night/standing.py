"""Where a project stands: its last runs, how fresh log and publication are, what is in service, what comes next."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from flows.night.lock import is_under_way
from flows.night.runs import WORKS, RunRecord, last_run, unreadable
from flows.project import Project
from models.registry import CHAMPION, CLUSTERS
from pipeline.errors import SegcastError, StoreError
from pipeline.events.tables import EVENTS
from pipeline.publish.published import latest
from pipeline.settings.schedule import next_start

T = TypeVar("T")
UNDER_WAY, KILLED = "under way", "killed"


@dataclass(frozen=True)
class InService:
    """A model that predicts now, and as of when it was trained."""

    name: str
    version: int
    trained_as_of: datetime


@dataclass(frozen=True)
class LastRun:
    """The last run of one kind of work, and what came of it: its outcome, "under way" while it runs, else "killed"."""

    run: RunRecord
    outcome: str


@dataclass(frozen=True)
class Standing:
    """What is to be known of a project at a glance.

    `last` has the last night, the last training and the last backfill that were begun by themselves, if any were.
    `log_until` is the last event's moment, `next` when each flow begins again, in the shop's time, null for never.
    What could not be read is among the `problems`, a sentence each.
    """

    last: tuple[LastRun, ...]
    log_until: datetime | None
    publication: str | None
    published_as_of: datetime | None
    in_service: tuple[InService, ...]
    next: Mapping[str, datetime | None]
    problems: tuple[str, ...]


def standing(project: Project, now: datetime) -> Standing:
    """Look at a project as it is now; nothing is changed, and a part that is damaged is named, not raised."""
    problems = [_unread(path) for path in unreadable(project.folder)]
    published = _tried(lambda: latest(project.published), problems)
    schedule, zone = project.settings.schedule, project.settings.shop.time_zone
    return Standing(
        last=tuple(_last(project)),
        log_until=_tried(lambda: _log_until(project), problems),
        publication=published.publication_id if published else None,
        published_as_of=published.as_of if published else None,
        in_service=_tried(lambda: tuple(_in_service(project)), problems) or (),
        next={name: next_start(getattr(schedule, name), now, zone) for name in ("nightly", "retrain")},
        problems=tuple(problems),
    )


def _last(project: Project) -> Iterator[LastRun]:
    for run in filter(None, [last_run(project.folder, work) for work in WORKS]):
        yield LastRun(run, run.outcome or (UNDER_WAY if is_under_way(project, run.work) else KILLED))


def _unread(path: Path) -> str:
    return f"Expected a run's record in {path}, but it cannot be read. Move it away: nothing else depends on it."


def _log_until(project: Project) -> datetime | None:
    return project.store.span()[1] if EVENTS.name in project.store.snapshot.versions else None


def _in_service(project: Project) -> Iterator[InService]:
    if not (project.folder / "mlflow.db").exists():
        return
    for name in (*(task.name for task in project.tasks), CLUSTERS):
        version = project.registry.find(name, CHAMPION)
        if version is not None:
            yield InService(name, version.number, version.as_of)


def _tried(look: Callable[[], T], problems: list[str]) -> T | None:
    try:
        return look()
    except SegcastError as error:
        problems.append(str(error))
    except (OSError, ValueError) as error:
        problems.append(str(StoreError(f"Expected to read the project, got {error}. See `segcast doctor`.")))
    return None
