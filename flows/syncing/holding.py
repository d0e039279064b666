"""Who outside still holds something of a person, until the next sync takes it back."""

from collections.abc import Collection, Iterator
from pathlib import Path

from flows.project import Project
from pipeline.errors import DestinationError
from pipeline.publish.destinations.files.s3_copies import SCHEME
from pipeline.publish.destinations.outbox.outbox import OUTBOX, reading_outbox, writing_outbox
from pipeline.settings.destinations import WHOLE, FilesDestination

WAIT_SECONDS = 1.0


def held_outside(project: Project, ids: Collection[str]) -> tuple[str, ...]:
    """Return the destinations that hold a person, and drop what the outbox need not know to take them back.

    Platforms are known by what they confirmed. A copy of the files and a database hold whoever was published, also when
    they were not told to the end, and when the settings do not name them any more. While a sync is under way every
    platform may come to hold the person, so that all are returned; the next sync does the dropping then.
    """
    copies = (one.name for one in project.settings.destinations if one.to in WHOLE)
    return tuple(sorted({*_told(project, ids), *copies}))


def folders_of_copies(project: Project) -> Iterator[Path]:
    """Yield the folders within the project's that the settings name for copies: the next sync cleans those."""
    root = project.folder.resolve()
    for one in project.settings.destinations:
        if isinstance(one, FilesDestination) and not one.path.startswith(SCHEME):
            place = (project.folder / one.path).resolve()
            if place != root and place.is_relative_to(root):
                yield project.folder / place.relative_to(root)


def _told(project: Project, ids: Collection[str]) -> tuple[str, ...]:
    if not (project.folder / OUTBOX).exists():
        return ()
    try:
        with writing_outbox(project.folder, WAIT_SECONDS) as outbox:
            return (*outbox.forget(ids), *outbox.copied_to())
    except DestinationError:
        # A sync holds it. What is wrong with an outbox that nobody holds is said by reading it.
        with reading_outbox(project.folder) as outbox:
            return (*outbox.held_of(ids), *outbox.copied_to(), *(one.name for one in project.settings.destinations))
