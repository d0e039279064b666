"""Who is in which segment, since when, and who is held out of its campaigns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.conditions.compile import compile_condition
from pipeline.events.engine import connect
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import Segment

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "segment": pa.string(),
        "kind": pa.string(),
        "since": pa.timestamp("us", "UTC"),
        "score": pa.float64(),
        "held_out": pa.bool_(),
    },
)
HASHED_DIGITS = 8
NO_REASONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class LeftOut:
    """A segment that could not be decided this time, and why."""

    segment: str
    reason: str


@dataclass(frozen=True)
class Memberships:
    """One row a customer and segment, of `SCHEMA`, in order of segment and customer.

    `since` is the first moment of the present unbroken stay; `score` is what the segment ranks by, null for rules and
    clusters; `held_out` customers are members whom campaigns must not touch.
    """

    as_of: datetime
    table: pa.Table
    left_out: tuple[LeftOut, ...] = ()

    def of(self, segment: str) -> pa.Table:
        """Return the members of one segment."""
        return self.table.filter(pc.field("segment") == segment)


def assign(
    segments: Iterable[Segment],
    profiles: Profiles,
    previous: Memberships | None,
    *,
    reasons: Mapping[str, str] = NO_REASONS,
) -> Memberships:
    """Decide every segment for every customer, in one query.

    A customer enters where `when` is true, and a member of `previous` also stays where `stay_while` is; a null is never
    true. A segment that reads a prediction which the profiles lack is left out; `reasons` says by prediction why it is
    not there. Raises ConditionError for a segment that makes no sense over the profiles.
    """
    known = {**PREDICTIONS, **profiles.kinds}
    left_out, decided = [], []
    for segment in segments:
        segment.check(known)
        missing = [name for name in segment.needs if name not in profiles.kinds]
        if missing:
            left_out.append(LeftOut(segment.name, _why(missing[0], reasons)))
        else:
            decided.append(segment)
    return Memberships(profiles.as_of, _decide(decided, profiles, previous), tuple(left_out))


def _why(missing: str, reasons: Mapping[str, str]) -> str:
    return f"there is no {missing} yet" + (f": {reasons[missing]}" if missing in reasons else "")


def _decide(segments: Sequence[Segment], profiles: Profiles, previous: Memberships | None) -> pa.Table:
    if not segments:
        return SCHEMA.empty_table()
    customers = ibis.memtable(profiles.table)
    before = ibis.memtable((previous.table if previous else SCHEMA.empty_table()).cast(SCHEMA))
    members = [_members(segment, customers, before, profiles.as_of) for segment in segments]
    engine = connect("UTC")
    try:
        return engine.to_pyarrow(ibis.union(*members).order_by("segment", "customer_id")).cast(SCHEMA)
    finally:
        engine.disconnect()


def _members(segment: Segment, customers: ibis.Table, before: ibis.Table, as_of: datetime) -> ibis.Table:
    stays = before.filter(before.segment == segment.name).select("customer_id", _since="since")
    rows = customers.left_join(stays, "customer_id")
    member = compile_condition(segment.condition, rows)
    if segment.staying is not None:
        member |= rows["_since"].notnull() & compile_condition(segment.staying, rows)
    score = segment.score_column
    return rows.filter(member).select(
        customer_id=rows.customer_id,
        segment=ibis.literal(segment.name),
        kind=ibis.literal(str(segment.kind)),
        since=rows["_since"].fill_null(ibis.literal(as_of)),
        score=rows[score].cast("float64") if score else ibis.null("float64"),
        held_out=_held_out(segment, rows.customer_id),
    )


def _held_out(segment: Segment, customer_id: ibis.Value) -> ibis.Value:
    """Return whether the hash of segment and customer falls into the holdout share.

    The same on every machine and every night; of one segment, it says nothing about another.
    """
    digits = (ibis.literal(f"{segment.name}/") + customer_id).hexdigest("md5").substr(0, HASHED_DIGITS)
    limit = int(segment.holdout * 16**HASHED_DIGITS)
    return digits < ibis.literal(f"{limit:0{HASHED_DIGITS}x}")
