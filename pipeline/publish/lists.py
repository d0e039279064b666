"""The list of one segment's members, best first: what a marketer sends to."""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.publish.spreadsheet import local_date, money, probability
from pipeline.segments.segment import Segment

REASONS = ("churn_reason_1", "churn_reason_2", "churn_reason_3")


def member_table(edition: Edition, segment: Segment) -> pa.Table:
    """Return the members of `segment`, best first, with every profile column and what a list adds, at full precision.

    Best is the highest `segment.best_first`, then the highest score, then the order of customer_id; null comes last.
    """
    members = edition.memberships.of(segment.name)
    profiles = _rows_of(members["customer_id"], edition.profiles.table)
    contacts = _rows_of(members["customer_id"], edition.contacts)
    table = pa.table(
        {
            **{name: profiles[name] for name in profiles.column_names},
            "customer_id": members["customer_id"],
            "email": column(contacts, "email", pa.string()),
            "score": members["score"],
            "risk_band": column(profiles, "churn_band", pa.string()),
            "also_in": _also_in(edition, segment, members["customer_id"]),
            "since": members["since"],
            "held_out": members["held_out"],
        },
    )
    best = [segment.best_first] if segment.best_first in table.column_names else []
    return table.sort_by([*((name, "descending") for name in [*best, "score"]), ("customer_id", "ascending")])


def member_list(edition: Edition, segment: Segment) -> pa.Table:
    """Return `member_table` as the columns of `lists/<segment>.csv`, rounded, dates in the shop's time zone."""
    table, score = member_table(edition, segment), edition.score_of(segment)
    reasons = {f"reason_{i}": column(table, name, pa.string()) for i, name in enumerate(REASONS, 1)}
    return pa.table(
        {
            "customer_id": table["customer_id"],
            "email": table["email"],
            "score": probability(table["score"]) if is_probability(score) else money(table["score"]),
            "risk_band": table["risk_band"],
            "value_at_stake": money(column(table, "value_at_stake", pa.float64())),
            **reasons,
            "also_in": pc.binary_join(table["also_in"], ";"),
            "since": local_date(table["since"], edition.shop.zone),
            "held_out": table["held_out"],
        },
    )


def column(table: pa.Table, name: str, type_: pa.DataType) -> pa.ChunkedArray:
    """Return a column as `type_`, or nulls where a model has not written it."""
    if name in table.column_names:
        return table[name].cast(type_)
    return pa.chunked_array([pa.nulls(table.num_rows, type_)])


def is_probability(name: str | None) -> bool:
    """Say whether a score is a probability; all others are amounts."""
    return name is not None and name.endswith("_probability")


def _rows_of(customers: pa.ChunkedArray, table: pa.Table) -> pa.Table:
    """Return the row of each customer in `table`, nulls for those whom it does not have."""
    ids = table["customer_id"].cast(pa.string())
    return table.take(pc.index_in(customers, ids).combine_chunks())


def _also_in(edition: Edition, segment: Segment, customers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the names of each customer's other segments as a list, in alphabetical order."""
    table = edition.memberships.table
    others = table.filter(
        pc.and_(pc.not_equal(table["segment"], segment.name), pc.is_in(table["customer_id"], customers)),
    )
    grouped = others.group_by("customer_id", use_threads=False).aggregate([("segment", "list")])
    return _rows_of(customers, grouped)["segment_list"]
