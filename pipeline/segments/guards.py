"""What a marketer should know of the segments as a whole: too small, too alike, too many, too often redefined."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.definitions import Definitions
from pipeline.segments.library import library
from pipeline.segments.membership import Memberships
from pipeline.segments.segment import Segment, SegmentKind
from pipeline.segments.stays import rows_by_segment

FEW_MEMBERS = 30  # of fewer, not even a response of one in ten differs from none for sure
ALIKE = 0.9  # of the customers who are in either of two segments, so many are in both
MANY_SEGMENTS = 60  # of a shop's own: about as many as the library has, whose names a team can still know
STANDS = timedelta(days=90)  # so long a definition should stand, or nothing can be read from who came and went
NAMED = 5  # in one sentence


def guards(memberships: Memberships, definitions: Definitions) -> Iterator[str]:
    """Yield at most one sentence a kind of trouble with the segments decided; `definitions` are those up to now."""
    customers = members_of(memberships)
    yield from _tiny(customers)
    yield from _alike(customers)
    yield from _many(memberships.decided)
    yield from _unsteady(definitions)


def members_of(memberships: Memberships) -> dict[str, pa.Array]:
    """Return the members of each decided segment, those without any among them."""
    ids, rows = memberships.table["customer_id"].combine_chunks(), rows_by_segment(memberships.table)
    nobody = ids.slice(0, 0)
    return {one.name: ids.take(pa.array(rows[one.name])) if one.name in rows else nobody for one in memberships.decided}


def _tiny(customers: dict[str, pa.Array]) -> Iterator[str]:
    tiny = [name for name, members in customers.items() if len(members) < FEW_MEMBERS]
    if tiny:
        have = "has" if len(tiny) == 1 else "have"
        yield f"{_listed(tiny)} {have} fewer than {FEW_MEMBERS} members, too few to measure what a campaign does."


def _alike(customers: dict[str, pa.Array]) -> Iterator[str]:
    pairs = [
        f"{one} and {other}" for one, other in combinations(customers, 2) if alike(customers[one], customers[other])
    ]
    if pairs:
        shown = pairs if len(pairs) <= NAMED else [*pairs[:NAMED], f"{len(pairs) - NAMED} more pairs"]
        yield f"Nearly the same customers are in {'; in '.join(shown)}: one of each is enough."


def alike(one: pa.Array, other: pa.Array) -> bool:
    """Say whether two segments, neither empty, have nearly the same members: by their Jaccard index."""
    fewer, more = sorted((one, other), key=len)
    if len(fewer) < ALIKE * max(1, len(more)):
        return False
    both = pc.sum(pc.is_in(fewer, value_set=more)).as_py() or 0
    return bool(both >= ALIKE * (len(fewer) + len(more) - both))


def _many(decided: Sequence[Segment]) -> Iterator[str]:
    shared = {segment.name for segment in library()}
    own = [one for one in decided if one.name not in shared and one.kind(()) is not SegmentKind.CLUSTER]
    if len(own) > MANY_SEGMENTS:
        yield f"This shop has {len(own)} segments of its own, more than anybody can use. Drop those without a campaign."


def _unsteady(definitions: Definitions) -> Iterator[str]:
    often = {name: count for name, count in definitions.redefined_within(STANDS).items() if count}
    if often:
        told = [f"{name} was redefined {_times(count)}" for name, count in often.items()]
        yield (
            f"{_listed(told)} in the last {STANDS.days} days; who came and went says little until a definition has "
            f"stood for {STANDS.days} days."
        )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _listed(names: Sequence[str]) -> str:
    """Return the first names as a list in words, and how many more there are."""
    shown: Iterable[str] = names if len(names) <= NAMED else (*names[:NAMED], f"{len(names) - NAMED} more")
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last
