"""How large segments were in the publications before this one, and who has changed stage since the last of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

import pyarrow.compute as pc

from pipeline.publish.published import Publication
from pipeline.publish.record import Move, Trend
from pipeline.segments.membership import Memberships
from pipeline.segments.moves import transitions
from pipeline.segments.segment import Segment

STAGE = "stage"
"""The tag of segments that together hold every customer once."""


def one_a_moment(publications: Iterable[Publication]) -> tuple[Publication, ...]:
    """Return of publications, oldest first, the one in force at each moment: the last of it."""
    return tuple({one.as_of: one for one in publications}.values())


def trend(earlier: Sequence[Publication], now: Memberships) -> Trend:
    """Return the sizes at the moments of `earlier` publications, oldest first, and now.

    It speaks of the segments decided now, and of those left out now, whose last size is None.
    """
    versions = {segment.name: segment.definition_version for segment in now.decided}
    names = (*versions, *(one.segment for one in now.left_out if one.segment not in versions))
    runs = [_sizes_of(one) for one in earlier] + [_sizes_now(now)]
    told = [one.definitions for one in earlier] + [versions]
    return Trend(
        moments=(*(one.as_of for one in earlier), now.as_of),
        sizes={name: tuple(run.get(name) for run in runs) for name in names},
        redefined={name: places for name in names if (places := _redefined(name, told))},
    )


def moves(before: Memberships | None, now: Memberships, segments: Iterable[Segment]) -> tuple[Move, ...]:
    """Return who went from which stage of life to which, most customers first, and who came or has gone.

    None without memberships before. None either where a stage was defined otherwise then, or decided at one of the two
    moments only, as that would move customers who did nothing.
    """
    stages = [segment for segment in segments if STAGE in segment.tags]
    if before is None or not _comparable(before, now, stages):
        return ()
    table = transitions(before, now, [segment.name for segment in stages]).to_pylist()
    found = (Move(row["from_segment"], row["to_segment"], row["customers"]) for row in table)
    moved = (one for one in found if one.source != one.target)
    return tuple(sorted(moved, key=lambda one: (-one.customers, one.source or "", one.target or "")))


def _comparable(before: Memberships, now: Memberships, stages: Collection[Segment]) -> bool:
    decided = {segment.name: segment.definition_version for segment in now.decided}
    return all(before.versions.get(stage.name) == decided.get(stage.name) for stage in stages)


def _sizes_of(publication: Publication) -> Mapping[str, int]:
    return {name: int(facts["size"]) for name, facts in publication.manifest["segments"].items()}


def _sizes_now(now: Memberships) -> Mapping[str, int]:
    counted = {row["values"]: row["counts"] for row in pc.value_counts(now.table["segment"]).to_pylist()}
    return {segment.name: counted.get(segment.name, 0) for segment in now.decided}


def _redefined(name: str, told: Sequence[Mapping[str, str]]) -> tuple[int, ...]:
    """Return the places at which a definition is not the one before; where it was left out says nothing of it."""
    known = [(place, versions[name]) for place, versions in enumerate(told) if name in versions]
    return tuple(place for (_, old), (place, new) in pairwise(known) if old != new)
