"""Every segment on one line, its definition, and those left out."""

from dataclasses import dataclass

from pipeline.publish.changes import changes, redefined
from pipeline.publish.edition import Edition
from pipeline.publish.report.wording import MINUS, number, percent
from pipeline.publish.tables import model_version
from pipeline.segments.segment import Segment

KINDS = ("predicted", "rule", "cluster")


@dataclass(frozen=True)
class Line:
    """One segment: `width` is its share of all customers in per cent, `entered` and `left` are None if unknown."""

    segment: Segment
    kind: str
    size: str
    share: str
    width: float
    entered: str | None
    left: str | None
    redefined: bool
    decided_by: str
    exclusions: tuple[str, ...]
    path: str


def catalogue(edition: Edition) -> tuple[Line, ...]:
    """Return the decided segments: predicted ones, then rules, then clusters, the largest first within each."""
    since, changed = changes(edition), redefined(edition)
    sizes = {segment.name: edition.memberships.of(segment.name).num_rows for segment in edition.decided}
    ordered = sorted(edition.decided, key=lambda s: (KINDS.index(str(edition.kind_of(s))), -sizes[s.name], s.name))
    titles = {segment.name: segment.title for segment in edition.segments}
    return tuple(
        Line(
            segment=segment,
            kind=str(edition.kind_of(segment)),
            size=number(sizes[segment.name]),
            share=percent(share := sizes[segment.name] / max(1, len(edition.profiles))),
            width=round(share * 100, 1),
            entered=f"+{number(since[segment.name].entered)}" if segment.name in since else None,
            left=f"{MINUS}{number(since[segment.name].left)}" if segment.name in since else None,
            redefined=segment.name in changed,
            decided_by=model_version(segment, edition.versions) or "",
            exclusions=tuple(titles.get(name, name) for name in segment.exclude),
            path=f"lists/{segment.name}.csv",
        )
        for segment in ordered
    )


def left_out(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Return the title of each segment that could not be decided, and the reason."""
    titles = {segment.name: segment.title for segment in edition.segments}
    return tuple((titles.get(entry.segment, entry.segment), entry.reason) for entry in edition.memberships.left_out)
