"""Who came into which segment between two runs, who went, and where to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.membership import Memberships
from pipeline.segments.stays import rows_by_segment

TRANSITIONS = pa.schema({"from_segment": pa.string(), "to_segment": pa.string(), "customers": pa.int64()})


@dataclass(frozen=True)
class Moves:
    """The customers who are in a segment now and were not before, and those who were and are no more."""

    entered: pa.Array
    left: pa.Array


def moves(before: Memberships, now: Memberships) -> Mapping[str, Moves]:
    """Return, for every segment that has or had a member, who came and who went."""
    were, are = _customers(before), _customers(now)
    nobody = pa.array([], pa.string())
    names = dict.fromkeys((*are, *were))
    return {name: _moves(were.get(name, nobody), are.get(name, nobody)) for name in names}


def transitions(before: Memberships, now: Memberships, segments: Sequence[str]) -> pa.Table:
    """Return how many customers of each segment are in each other now, of `TRANSITIONS`, in the order of `segments`.

    Null stands for none of them: the customer came from outside, or left all of them. Where a customer can be in one
    only, each is counted once; otherwise once a pair of a segment before and a segment now.
    """
    was, is_ = (_among(one, segments, name) for one, name in ((before, "from_segment"), (now, "to_segment")))
    joined = was.join(is_, "customer_id", join_type="full outer")
    pairs = joined.group_by(["from_segment", "to_segment"]).aggregate([([], "count_all")]).to_pylist()
    place = {name: number for number, name in enumerate((*segments, None))}
    rows = [(pair["from_segment"], pair["to_segment"], pair["count_all"]) for pair in pairs]
    ordered = sorted(rows, key=lambda row: (place[row[0]], place[row[1]]))
    return pa.Table.from_pylist([dict(zip(TRANSITIONS.names, row, strict=True)) for row in ordered], TRANSITIONS)


def _customers(memberships: Memberships) -> dict[str, pa.Array]:
    ids = memberships.table["customer_id"].combine_chunks()
    return {name: ids.take(pa.array(rows)) for name, rows in rows_by_segment(memberships.table).items()}


def _moves(were: pa.Array, are: pa.Array) -> Moves:
    return Moves(are.filter(pc.invert(pc.is_in(are, were))), were.filter(pc.invert(pc.is_in(were, are))))


def _among(memberships: Memberships, segments: Sequence[str], name: str) -> pa.Table:
    table = memberships.table
    kept = table.filter(pc.is_in(table["segment"], pa.array(segments, pa.string())))
    return pa.table({"customer_id": kept["customer_id"], name: kept["segment"]})
