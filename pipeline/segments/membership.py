"""Who is in which segment, since when, and who is held out of its campaigns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.conditions.nodes import Compared, walk
from pipeline.conditions.questions import text_of
from pipeline.errors import ConditionError
from pipeline.segments.asking import Answers
from pipeline.segments.deciding import Decided, decide
from pipeline.segments.facts import Facts, facts_of
from pipeline.segments.order import in_order
from pipeline.segments.profiles import Profiles
from pipeline.segments.rows import SCHEMA, rows_of
from pipeline.segments.segment import Segment
from pipeline.segments.settle import LeftOut, settle
from pipeline.segments.stays import Truths

__all__ = ["SCHEMA", "LeftOut", "Memberships", "assign"]
NO_REASONS: Mapping[str, str] = MappingProxyType({})
NO_ANSWERS = Answers()
NOBODY_HAS = "nobody has a value in it"


@dataclass(frozen=True)
class Memberships:
    """One row a customer and segment, of `SCHEMA`, in order of segment and customer.

    `since` is the first moment of the present unbroken stay; `score` is what the segment ranks by, null for rules and
    clusters; `held_out` customers are members whom campaigns must not touch. `decided` are the segments as the shop
    settled on them, each in its own definition or a variant's; none where memberships are read from a publication,
    which knows the `versions` of their definitions.
    """

    as_of: datetime
    table: pa.Table
    left_out: tuple[LeftOut, ...] = ()
    decided: tuple[Segment, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def of(self, segment: str) -> pa.Table:
        """Return the members of one segment."""
        return self.table.filter(pc.field("segment") == segment)

    def remembered(self, segments: Iterable[Segment]) -> pa.Table:
        """Return the rows of those segments that are defined as they were: nobody stays in what was another segment."""
        redefined = [one.name for one in segments if one.name in self.versions and self._differs(one)]
        return self.table.filter(~pc.field("segment").isin(redefined)) if redefined else self.table

    def _differs(self, segment: Segment) -> bool:
        return self.versions[segment.name] not in {one.definition_version for one in segment.definitions}


def assign(
    segments: Iterable[Segment],
    profiles: Profiles,
    previous: Memberships | None,
    *,
    answers: Answers | None = None,
    reasons: Mapping[str, str] = NO_REASONS,
    keep_going: bool = False,
) -> Memberships:
    """Decide every segment for every customer, in one query for all that do not look into one another.

    A customer enters where `when` is true, and a member of `previous` also stays where `stay_while` is; a null is never
    true. A segment is decided by its first definition that names only what there is: columns in which somebody has a
    value, and what `answers` hold. Without such a definition it is left out; `reasons` says by column why that is not
    there. A segment that makes no sense is a ConditionError, or with `keep_going` left out with the error's sentence.
    """
    given = tuple(segments)
    facts = facts_of(profiles, answers or NO_ANSWERS, previous.remembered(given) if previous else None, given)
    settling = _Settling({**dict.fromkeys(facts.unknown, NOBODY_HAS), **reasons}, keep_going)
    settled: dict[str, Segment] = {}
    members: dict[str, Truths] = {}
    left_out: dict[str, LeftOut] = {}
    for layer in in_order(given):
        ready, lacking = settling.all_of(layer, facts.and_of(members))
        found = decide(ready, facts.and_of(members))
        lacking += tuple(_comparing_nobody(ready, found) if len(facts) else ())
        left_out |= {one.segment: one for one in lacking}
        settled |= {one.name: one for one in ready if one.name not in left_out}
        members |= {name: found.members[name] for name in settled.keys() & found.members.keys()}
    decided = tuple(settled[one.name] for one in given if one.name in settled)
    return Memberships(
        profiles.as_of,
        rows_of(decided, members, facts, profiles),
        tuple(left_out[one.name] for one in given if one.name in left_out),
        decided,
    )


@dataclass(frozen=True)
class _Settling:
    """How segments find the definition that they are decided by."""

    reasons: Mapping[str, str]
    keep_going: bool

    def all_of(self, layer: Iterable[Segment], facts: Facts) -> tuple[tuple[Segment, ...], tuple[LeftOut, ...]]:
        """Return those that can be decided, and those that cannot with the reason."""
        found = [self.one(segment, facts) for segment in layer]
        ready = tuple(one for one in found if isinstance(one, Segment))
        return ready, tuple(one for one in found if isinstance(one, LeftOut))

    def one(self, segment: Segment, facts: Facts) -> Segment | LeftOut:
        known = facts.known_to(segment)
        settled = settle(segment, known, self.reasons)
        try:
            if isinstance(settled, Segment):
                settled.check(known)
        except ConditionError as error:
            if not self.keep_going:
                raise
            return LeftOut(segment.name, str(error))
        return settled


def _comparing_nobody(layer: Sequence[Segment], found: Decided) -> Iterable[LeftOut]:
    """Yield the segments with a percentile or a rank among no customers at all."""
    for segment in layer:
        nodes = (node for condition in segment.conditions for node in walk(condition) if isinstance(node, Compared))
        nobody = next((node for node in nodes if np.isnan(found.compared[node]).all()), None)
        if nobody is not None:
            yield LeftOut(segment.name, f"{text_of(nobody)} compares nobody")
