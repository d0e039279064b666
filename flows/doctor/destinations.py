"""Whether every destination can be told, and was told of the newest publication."""

from collections.abc import Iterator

from flows.doctor.said import amiss, fine, told
from flows.project import Project
from flows.syncing.outside import Outside, look_outside
from pipeline.errors import SegcastError
from pipeline.events.quality.finding import Finding
from pipeline.publish.published import latest


def destinations(project: Project) -> Iterator[Finding]:
    """Yield what is amiss with each destination, or when it was told last; nothing is asked of the outside."""
    try:
        found, newest = look_outside(project), _newest(project)
    except SegcastError as error:
        yield told("outbox", error)
        return
    for one in found:
        problems = tuple(_problems(one, newest))
        yield from problems or (_told(one),)


def _newest(project: Project) -> str | None:
    """Return the newest publication's id; of one that cannot be read the publications tell."""
    try:
        found = latest(project.published)
    except SegcastError:
        return None
    return found.publication_id if found else None


def _problems(one: Outside, newest: str | None) -> Iterator[Finding]:
    about = f"destination {one.name}"
    if not one.configured:
        yield amiss(
            about, "It is not in segcast.toml any more, and holds what it was told.", "Put it back, or clear it."
        )
        return
    for sentence in one.missing:
        yield amiss(about, sentence, "Set the variable.")
    refused = sum(part.refused for part in one.parts)
    if refused:
        yield amiss(about, f"It refused {refused:,} rows.", "segcast destinations --refused", refused=refused)
    if one.under_way:
        yield amiss(about, f"A sync ended before {one.under_way:,} rows were confirmed.", "segcast sync")
    if newest is not None and one.told_of != newest:
        yield amiss(about, f"It was last told of {one.told_of or 'nothing'}, not of the newest.", "segcast sync")


def _told(one: Outside) -> Finding:
    when = f"Told of {one.told_of} on {one.told_at:%Y-%m-%d %H:%M}." if one.told_at else "Not told of anything yet."
    return fine(f"destination {one.name}", when)
