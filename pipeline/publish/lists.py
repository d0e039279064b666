"""The list of one segment's members, best first: what a marketer sends to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.publish.members import SEPARATOR, Beside, Members, members_of
from pipeline.publish.spreadsheet import local_date, money, probability
from pipeline.segments.audiences.deciding import SCHEMA
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Places

REASONS = ("churn_reason_1", "churn_reason_2", "churn_reason_3")
SHOWN = ("churn_band", "value_at_stake", *REASONS)


def member_table(edition: Edition, segment: Segment) -> pa.Table:
    """Return the members of `segment`, best first, with every profile column and what a list adds, at full precision.

    Best is the highest `segment.best_first`, then the highest score, then the order of customer_id; null comes last.
    """
    table = _sheets(edition, segment, edition.profiles.table.column_names).of(segment)
    others = pc.split_pattern(table["also_in"], SEPARATOR)
    return table.set_column(table.column_names.index("also_in"), "also_in", others)


def member_list(edition: Edition, segment: Segment) -> pa.Table:
    """Return `member_table` as the columns of `lists/<segment>.csv`, rounded, dates in the shop's time zone."""
    return _rounded(edition, segment, _sheets(edition, segment, _read_by(edition, segment)).of(segment))


def member_lists(edition: Edition) -> Iterator[tuple[Segment, pa.Table]]:
    """Yield the list of each decided segment, made when it is asked for: all of them at once would fill the memory."""
    sheets = _sheets(edition, None, _read_by(edition, *edition.decided))
    for segment in edition.decided:
        yield segment, _rounded(edition, segment, sheets.of(segment))


@dataclass(frozen=True)
class _Sheets:
    """What all lists are made of."""

    members: Members
    profiles: Beside
    contacts: Beside

    def of(self, segment: Segment) -> pa.Table:
        """Return the members of a segment, best first, at full precision."""
        rows = self.members.rows_of(segment)
        places = self.members.places[rows]
        own = self.members.table.select(["score", "since", "held_out"]).take(pa.array(rows))
        best = [segment.best_first] if segment.best_first in self.profiles.table.column_names else []
        ranked = pa.table({**{name: self.profiles.at(places)[name] for name in best}, "score": own["score"]})
        keys = [(name, "descending") for name in ranked.column_names]
        order = pc.sort_indices(ranked.append_column("place", pa.array(places)), [*keys, ("place", "ascending")])
        return self._table(segment, places[order.to_numpy()], own.take(order))

    def _table(self, segment: Segment, places: Places, own: pa.Table) -> pa.Table:
        profiles, contacts = self.profiles.at(places), self.contacts.at(places)
        added = {
            "customer_id": self.members.customers.take(pa.array(places)),
            "email": column(contacts, "email", pa.string()),
            "risk_band": column(profiles, "churn_band", pa.string()),
            "also_in": self.members.also_in(segment, places),
            **{name: own[name] for name in own.column_names},
        }
        return pa.table({**{name: profiles[name] for name in profiles.column_names}, **added})


def _sheets(edition: Edition, only: Segment | None, names: Sequence[str]) -> _Sheets:
    members = members_of(edition, only)
    profiles = members.beside(edition.profiles.table, names)
    return _Sheets(members, profiles, members.beside(edition.contacts, ["email"]))


def _read_by(edition: Edition, *segments: Segment) -> list[str]:
    """Return the columns of profiles that lists show or are ordered by, those that there are."""
    named = dict.fromkeys((*SHOWN, *(segment.best_first for segment in segments)))
    return [name for name in named if name in edition.profiles.table.column_names]


def _rounded(edition: Edition, segment: Segment, table: pa.Table) -> pa.Table:
    score = edition.score_of(segment)
    reasons = {f"reason_{i}": column(table, name, pa.string()) for i, name in enumerate(REASONS, 1)}
    return pa.table(
        {
            "customer_id": table["customer_id"],
            "email": table["email"],
            "score": probability(table["score"]) if is_probability(score) else money(table["score"]),
            "risk_band": table["risk_band"],
            "value_at_stake": money(column(table, "value_at_stake", pa.float64())),
            **reasons,
            "also_in": table["also_in"],
            "since": local_date(table["since"], edition.shop.zone),
            "held_out": table["held_out"],
            **_decisions(edition, segment, table["customer_id"]),
        },
    )


def _decisions(edition: Edition, segment: Segment, customers: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """Return whether the audience of the segment's name contacts each customer, and why not; nulls where none does."""
    told = edition.audiences.of(segment.name) if edition.audiences else SCHEMA.empty_table()
    rows = told.take(pc.index_in(customers, told["customer_id"].combine_chunks()).combine_chunks())
    return {"contact": rows["included"], "why_not": rows["reason"].cast(pa.string())}


def column(table: pa.Table, name: str, type_: pa.DataType) -> pa.ChunkedArray:
    """Return a column as `type_`, or nulls where a model has not written it."""
    if name in table.column_names:
        return table[name].cast(type_)
    return pa.chunked_array([pa.nulls(table.num_rows, type_)])


def is_probability(name: str | None) -> bool:
    """Say whether a score is a probability; all others are amounts."""
    return name is not None and name.endswith("_probability")
