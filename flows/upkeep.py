"""Looking after a project: is it healthy, and how did past publications come out."""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from flows.came_out import came_out, came_out_in_words
from flows.matured import Hindsight
from flows.outside import Outside, look_outside
from flows.pressing import data_facts
from flows.project import Project, open_project
from models.registry import CHAMPION
from models.tasks import Task
from pipeline.errors import SegcastError
from pipeline.events.gaps import known_gaps
from pipeline.publish.published import latest, publications
from pipeline.publish.trend import one_a_moment

STALE = timedelta(days=2)
LARGE_SHARE_SET_ASIDE = 0.3
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Finding:
    """Something looked at: whether it is as it should be, a sentence, and what to do if not."""

    about: str
    sentence: str
    fine: bool = True
    action: str = ""


def monitor(project: Project, as_of: datetime) -> Iterator[Finding]:
    """Yield findings about the log, and how the predictions of earlier publications came out.

    They are those that tonight's report tells of, and told alike; see `came_out`.
    """
    facts = data_facts(project)
    if facts.last_event is not None:
        late = max(as_of - facts.last_event, timedelta())
        yield Finding("freshness", f"The last event is {late.days} days old.", late <= STALE, "Check the exports.")
    set_aside = sum(facts.quarantined.values()) / max(facts.rows_read, 1)
    sentence = f"{set_aside:.1%} of the rows read were set aside."
    yield Finding("quality", sentence, set_aside <= LARGE_SHARE_SET_ASIDE, "Look at the reasons in the report.")
    yield from _came_out(project, as_of)


def diagnose(folder: Path) -> Iterator[Finding]:
    """Yield findings about the environment, the settings and what the project folder holds."""
    yield Finding("python", f"Python {platform.python_version()}.")
    try:
        project = open_project(folder)
    except SegcastError as error:
        yield _amiss("settings", str(error), "Mend segcast.toml or segments.yaml.")
        return
    yield Finding("settings", f"{len(project.settings.sources)} sources, {len(project.segments())} segments.")
    try:
        first, last = project.store.span()
        yield Finding("event log", f"Events from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    except SegcastError as error:
        yield _amiss("event log", str(error), "segcast ingest")
    for task in project.tasks:
        yield _in_service(project, task)
    yield _published(project)
    yield from _destinations(project)


def _amiss(about: str, sentence: str, action: str) -> Finding:
    return Finding(about, sentence, fine=False, action=action)


def _in_service(project: Project, task: Task) -> Finding:
    try:
        project.registry.champions([task])
        version = project.registry.find(task.name, CHAMPION)
    except SegcastError as error:
        return _amiss(f"model {task.name}", str(error), "segcast models rollback TASK, or segcast train")
    if version is None:
        return _amiss(f"model {task.name}", "None is in service.", "segcast train")
    return Finding(f"model {task.name}", f"Version {version.number} is in service.")


def _published(project: Project) -> Finding:
    found = latest(project.published)
    if found is None:
        return _amiss("publication", "There is none yet.", "segcast run")
    return Finding("publication", f"The latest is {found.publication_id}.")


def _destinations(project: Project) -> Iterator[Finding]:
    try:
        found = look_outside(project)
    except SegcastError as error:
        yield _amiss("outbox", str(error), "Until then nothing goes to a platform.")
        return
    for one in found:
        problems = tuple(_problems(project, one))
        yield from problems or (_told(one),)


def _problems(project: Project, one: Outside) -> Iterator[Finding]:
    about, newest = f"destination {one.name}", latest(project.published)
    if not one.configured:
        yield _amiss(
            about, "It is not in segcast.toml any more, and holds what it was told.", "Put it back, or clear it."
        )
        return
    for sentence in one.missing:
        yield _amiss(about, sentence, "Set the variable.")
    refused = sum(part.refused for part in one.parts)
    if refused:
        yield _amiss(about, f"It refused {refused:,} rows.", "segcast destinations --refused")
    if one.under_way:
        yield _amiss(about, f"A sync ended before {one.under_way:,} rows were confirmed.", "segcast sync")
    if newest is not None and one.told_of != newest.publication_id:
        yield _amiss(about, f"It was last told of {one.told_of or 'nothing'}, not of the newest.", "segcast sync")


def _told(one: Outside) -> Finding:
    when = f"Told of {one.told_of} on {one.told_at:%Y-%m-%d %H:%M}." if one.told_at else "Not told of anything yet."
    return Finding(f"destination {one.name}", when)


def _came_out(project: Project, as_of: datetime) -> Iterator[Finding]:
    earlier = one_a_moment(publications(project.published, before=as_of + INSTANT))
    if not earlier:
        return
    customers = pq.read_table(earlier[-1].path / "predictions.parquet", columns=["customer_id"])["customer_id"]
    gaps = known_gaps(project.store, as_of + INSTANT)
    for one in came_out(Hindsight(project, as_of, customers.combine_chunks(), gaps), earlier):
        yield Finding(f"publication {one.publication_id}", came_out_in_words(one))
