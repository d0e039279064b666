"""Every segment on one line, in groups of what they are about, and those left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.changes import Change, redefined
from pipeline.publish.edition import Edition
from pipeline.publish.report.sparkline import Spark, sparkline
from pipeline.publish.report.unusual import unusual
from pipeline.publish.report.whom import Whom
from pipeline.publish.report.wording import MINUS, Wording, number, percent
from pipeline.publish.tables import model_version
from pipeline.segments.segment import Segment

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "predicted": "What the models expect",
        "stage": "Where they are on their way",
        "value": "What they are worth",
        "recency": "How long it has been",
        "intent": "What they are about to do",
        "engagement": "How they respond to you",
        "price": "How they decide",
        "season": "When in the year",
        "habit": "Their habits",
        "care": "Who needs care",
        "rfm": "Recency, frequency, money",
        "cluster": "Groups that the data shows",
    },
)
"""The titles of the library's groups by their tag, in the order of the page; a shop's own tags come before them."""
OWN = "Your own segments"
OPEN = frozenset({"predicted", "stage"})
"""The groups that stand open from the start."""
NAMED = 3


@dataclass(frozen=True)
class Line:
    """One segment: `width` is its share of all customers in per cent, `entered` and `left` are None if unknown.

    `contact` is how many its own list may contact, None where that was not decided.
    """

    segment: Segment
    kind: str
    size: str
    members: int
    share: str
    width: float
    entered: str | None
    left: str | None
    redefined: bool
    unusual: bool
    spark: Spark | None
    contact: str | None
    decided_by: str
    exclusions: tuple[str, ...]
    path: str


@dataclass(frozen=True)
class Group:
    """Segments that are about one thing; `largest` names the first few, `news` how many changed unusually."""

    title: str
    lines: tuple[Line, ...]
    largest: str
    news: int
    opened: bool


def groups(edition: Edition, since: Mapping[str, Change], whom: Sequence[Whom], words: Wording) -> tuple[Group, ...]:
    """Return the decided segments by their first tag: a shop's own first, then those of the library."""
    by_tag: dict[str, list[Line]] = {}
    for line in catalogue(edition, since, whom, words):
        by_tag.setdefault(line.segment.tags[0] if line.segment.tags else "", []).append(line)
    own = [tag for tag in by_tag if tag not in GROUPS]
    tags = [*own, *(tag for tag in GROUPS if tag in by_tag)]
    return tuple(_group(tag, by_tag[tag], is_only=len(tags) == 1) for tag in tags)


def catalogue(edition: Edition, since: Mapping[str, Change], whom: Sequence[Whom], words: Wording) -> tuple[Line, ...]:
    """Return a line for every decided segment, in the order in which they are defined."""
    about = _About(
        since,
        redefined(edition),
        frozenset(step.segment for step in unusual(edition.record.trend) or ()),
        {one.name: one.contact for one in whom},
        {segment.name: segment.title for segment in edition.segments},
        _sizes(edition),
    )
    return tuple(_line(segment, edition, about, words) for segment in edition.decided)


def left_out(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Return the title of each segment that could not be decided, and the reason."""
    titles = {segment.name: segment.title for segment in edition.segments}
    return tuple((titles.get(entry.segment, entry.segment), entry.reason) for entry in edition.memberships.left_out)


@dataclass(frozen=True)
class _About:
    """What is worked out once for all segments."""

    since: Mapping[str, Change]
    redefined: frozenset[str]
    unusual: frozenset[str]
    contacts: Mapping[str, str]
    titles: Mapping[str, str]
    sizes: Mapping[str, int]


def _sizes(edition: Edition) -> dict[str, int]:
    counted = pc.value_counts(edition.memberships.table["segment"].cast(pa.string())).to_pylist()
    return {entry["values"]: entry["counts"] for entry in counted}


def _line(segment: Segment, edition: Edition, about: _About, words: Wording) -> Line:
    members = about.sizes.get(segment.name, 0)
    share, since = members / max(1, len(edition.profiles)), about.since.get(segment.name)
    return Line(
        segment=segment,
        kind=str(edition.kind_of(segment)),
        size=number(members),
        members=members,
        share=percent(share),
        width=round(share * 100, 1),
        entered=f"+{number(since.entered)}" if since else None,
        left=f"{MINUS}{number(since.left)}" if since else None,
        redefined=segment.name in about.redefined,
        unusual=segment.name in about.unusual,
        spark=sparkline(edition.record.trend, segment.name, words),
        contact=about.contacts.get(segment.name),
        decided_by=model_version(segment, edition.versions) or "",
        exclusions=tuple(about.titles.get(name, name) for name in segment.exclude),
        path=f"lists/{segment.name}.csv",
    )


def _group(tag: str, lines: Sequence[Line], *, is_only: bool) -> Group:
    by_size = sorted(lines, key=lambda line: (-line.members, line.segment.name))
    shown = [f"{line.segment.title.rpartition(': ')[2]} {line.size}" for line in by_size[:NAMED]]
    more = [f"{len(lines) - NAMED} more"] if len(lines) > NAMED else []
    title = GROUPS.get(tag) or (tag.replace("-", " ").capitalize() if tag else OWN)
    opened = is_only or tag in OPEN or tag not in GROUPS
    ordered = tuple(by_size if tag == "cluster" else lines)
    return Group(title, ordered, " · ".join([*shown, *more]), sum(line.unusual for line in lines), opened)
