"""Who was in which segment of a project, as it was published."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from flows.project import Project
from pipeline.errors import UserError
from pipeline.publish.past import Transitions, definitions_published, in_force, members_then, transitions_between
from pipeline.publish.published import publications
from pipeline.segments.definitions import Definition


def members_as_of(project: Project, name: str, moment: datetime) -> pa.Table:
    """Return who was in a segment by the publication in force at a moment: memberships' rows, in order of customer."""
    return members_then(in_force(project.published, moment), name)


def transitions(project: Project, names: Sequence[str], since: datetime, until: datetime) -> Transitions:
    """Return how the members of segments moved between the publications in force at two moments.

    A name may be a pattern, such as `stage_*`. UserError where both moments are of one publication.
    """
    before, now = (in_force(project.published, moment) for moment in (since, until))
    if now.as_of <= before.as_of:
        raise UserError(
            f"Expected two moments with publications of their own, the earlier one first; that of "
            f"{before.as_of:%Y-%m-%d %H:%M} was in force at {since:%Y-%m-%d %H:%M}, that of {now.as_of:%Y-%m-%d %H:%M} "
            f"at {until:%Y-%m-%d %H:%M}. Try moments further apart."
        )
    return transitions_between(before, now, names)


def definitions(project: Project, name: str) -> tuple[Definition, ...]:
    """Return the versions of a segment's definition that decided, oldest first; none for a segment never published."""
    found = publications(project.published)
    return definitions_published(found).of.get(name, ()) if found else ()
