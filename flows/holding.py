"""Who outside still holds something of a person, until the next sync takes it back."""

from collections.abc import Collection

from flows.project import Project
from pipeline.publish.destinations.outbox.outbox import OUTBOX, writing_outbox
from pipeline.settings.destinations import FilesDestination, PostgresDestination


def held_outside(project: Project, ids: Collection[str]) -> tuple[str, ...]:
    """Return the destinations that hold a person, and drop what the outbox need not know to take them back.

    Platforms are known by what they confirmed. A copy of the files and a database hold whoever was published, also when
    they were not told to the end.
    """
    copies = (
        one.name for one in project.settings.destinations if isinstance(one, FilesDestination | PostgresDestination)
    )
    return tuple(sorted({*_platforms(project, ids), *copies}))


def _platforms(project: Project, ids: Collection[str]) -> tuple[str, ...]:
    if not (project.folder / OUTBOX).exists():
        return ()
    with writing_outbox(project.folder) as outbox:
        return outbox.forget(ids)
