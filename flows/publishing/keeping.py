"""For how long a project keeps its publications."""

from dataclasses import dataclass
from datetime import timedelta

from flows.project import Project
from pipeline.errors import PublicationError
from pipeline.publish.published import Publication
from pipeline.publish.retention import prune

SPARE = timedelta(days=7)  # what is late to arrive has come, and a night may be missed


@dataclass(frozen=True)
class Kept:
    """The ids of the publications that were `removed`, oldest first, and what is to be said of it."""

    removed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def keep(project: Project, publication: Publication) -> Kept:
    """Remove what the settings let go of, but for the publication just made.

    What cannot be removed is a warning: the publication stands, and is to be told of.
    """
    retention = project.settings.publications.retention
    if retention is None:
        return Kept()
    warnings = tuple(filter(None, [too_short(project)]))
    try:
        removed = prune(project.published, retention, spared=publication)
    except PublicationError as error:
        return Kept(warnings=(*warnings, str(error)))
    return Kept(tuple(one.publication_id for one in removed), warnings)


def too_short(project: Project) -> str | None:
    """Return the sentence about a retention within which no prediction can come true; None where it is long enough."""
    retention = project.settings.publications.retention
    longest = max(project.tasks, key=lambda task: task.reach, default=None)
    if retention is None or longest is None or retention >= longest.reach + SPARE:
        return None
    return (
        f"Publications are kept for {retention.days} days, but what {longest.name} predicts is known only after "
        f"{longest.reach.days}: the report cannot say how predictions came out. Set [publications] retention to at "
        f'least "{(longest.reach + SPARE).days} days".'
    )
