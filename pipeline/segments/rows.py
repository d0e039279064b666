"""From who is a member to a row a customer and segment."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.facts import Facts
from pipeline.segments.holdout import held_out_of
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment
from pipeline.segments.stays import NO_STAY, Places, Truths

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
UNDRAWN = SCHEMA.remove(SCHEMA.get_field_index("held_out"))


def rows_of(segments: Sequence[Segment], members: Mapping[str, Truths], facts: Facts, profiles: Profiles) -> pa.Table:
    """Return the members of all segments, in order of segment and customer."""
    order = pc.sort_indices(facts.customer_ids).to_numpy().astype(np.int64)
    named = sorted(segments, key=lambda segment: segment.name)
    parts = [_rows(segment, order[members[segment.name][order]], facts, profiles) for segment in named]
    table = pa.concat_tables([UNDRAWN.empty_table(), *parts])
    shares = {segment.name: segment.holdout for segment in segments if segment.holdout}
    return table.append_column(
        SCHEMA.field("held_out"), pa.array(held_out_of(shares, table["segment"], table["customer_id"]))
    )


def _rows(segment: Segment, places: Places, facts: Facts, profiles: Profiles) -> pa.Table:
    """Return the rows of one segment, whose members stand at these places."""
    customers = facts.customer_ids.take(pa.array(places))
    return pa.table(
        {
            "customer_id": customers,
            "segment": pa.repeat(segment.name, len(places)),
            "kind": pa.repeat(str(segment.kind(profiles.predicted)), len(places)),
            "since": facts.before.get(segment.name, NO_STAY).since_of(places, len(facts), facts.moment),
            "score": _scores(segment, places, profiles),
        },
        schema=UNDRAWN,
    )


def _scores(segment: Segment, places: Places, profiles: Profiles) -> pa.Array | pa.ChunkedArray:
    name = segment.score_column(profiles.predictions)
    if name is None:
        return pa.nulls(len(places), pa.float64())
    return profiles.table[name].cast(pa.float64()).take(pa.array(places))
