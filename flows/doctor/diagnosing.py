"""A project looked at from all sides, one after the other; what is amiss with one hides nothing of the others."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flows.damage import DamagedError, explained
from flows.doctor.destinations import destinations
from flows.doctor.environment import environment
from flows.doctor.holdings import event_log, models, publication
from flows.doctor.keys import keys
from flows.doctor.nights import nights
from flows.doctor.said import Group, damaged, fine, told
from flows.doctor.sources import sources
from flows.project import Project, open_project
from pipeline.errors import SegcastError
from pipeline.events.quality.finding import Finding
from pipeline.settings import load_settings


def diagnose(folder: Path, at: datetime, *, deep: bool = False) -> Iterator[Group]:
    """Yield what was found about each side of the project in `folder`, at the moment `at`.

    With `deep`, all rows of the log are read to see whether they can be. Without settings that can be read there is no
    project, and so nothing more to look at.
    """
    try:
        settings = load_settings(folder)
    except SegcastError as error:
        yield Group("environment", tuple(environment(folder, None)))
        yield Group("settings", (told("settings", error),))
        return
    yield Group("environment", tuple(environment(folder, settings)))
    project = Project(folder, settings)
    yield Group("settings", (_settings(folder), *keys(project, at)))
    yield Group("sources", tuple(sources(project, at)))
    for name, findings in (
        ("log", event_log(project, deep=deep)),
        ("models", models(project)),
        ("publications", publication(project)),
        ("destinations", destinations(project)),
        ("nights", nights(project, at)),
    ):
        yield Group(name, tuple(_to_the_end(name, findings, folder)))


def _settings(folder: Path) -> Finding:
    try:
        project = open_project(folder)
        audiences = project.audiences(segments := project.segments())
    except SegcastError as error:
        return told("settings", error)
    counts = (len(project.settings.sources), len(project.tasks), len(segments), len(audiences))
    return fine("settings", "{} sources, {} tasks, {} segments, {} audiences.".format(*counts))


def _to_the_end(name: str, findings: Iterator[Finding], folder: Path) -> Iterator[Finding]:
    """Yield findings; of what a damaged file broke, the file, and all the other sides are looked at even so."""
    try:
        yield from findings
    except SegcastError as error:
        yield told(name, error)
    except Exception as error:
        known = explained(folder, error)
        if known is None:
            raise
        yield damaged(name, known.damage) if isinstance(known, DamagedError) else told(name, known)
