"""For how long a project keeps its publications."""

from datetime import timedelta

from flows.project import Project
from pipeline.publish.published import Publication
from pipeline.publish.retention import prune

SPARE = timedelta(days=7)  # what is late to arrive has come, and a night may be missed


def keep(project: Project, publication: Publication) -> tuple[str, ...]:
    """Remove what the settings let go of, but for the publication just made, and return the ids, oldest first."""
    retention = project.settings.publications.retention
    if retention is None:
        return ()
    return tuple(one.publication_id for one in prune(project.published, retention, spared=publication))


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
