"""The members of all segments, looked up once: whose row is where, and which segments each of them is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Places, rows_by_segment

SEPARATOR = ";"


@dataclass(frozen=True)
class Beside:
    """What another table says of customers, by their places."""

    table: pa.Table
    rows: pa.Array

    def at(self, places: Places) -> pa.Table:
        """Return a row for each place; nulls for those of whom the table says nothing."""
        return self.table.take(self.rows.take(pa.array(places)))


@dataclass(frozen=True)
class Members:
    """Rows of an edition's memberships, and their customers by place: 0 is the first one in alphabetical order."""

    edition: Edition
    table: pa.Table
    customers: pa.Array
    places: Places

    def rows_of(self, segment: Segment) -> Places:
        """Return which rows of the table are of a segment."""
        return self._rows.get(segment.name, np.empty(0, np.int64))

    def beside(self, table: pa.Table, names: Sequence[str]) -> "Beside":
        """Look up the members in another table of customers, of which some columns are wanted."""
        rows = pc.index_in(self.customers, table["customer_id"].cast(pa.string()).combine_chunks())
        return Beside(table.select(names).combine_chunks(), rows)

    def also_in(self, segment: Segment, places: Places) -> pa.Array:
        """Return the customers' other segments in alphabetical order, joined by a semicolon; null where there are none.

        Every name in `_joined` stands between two semicolons, so that a segment's own is taken out whole.
        """
        own = f"{SEPARATOR}{segment.name}{SEPARATOR}"
        others = pc.replace_substring(self._joined.take(pa.array(places)), own, SEPARATOR, max_replacements=1)
        trimmed = pc.ascii_trim(others, SEPARATOR)
        return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)

    @cached_property
    def _rows(self) -> dict[str, Places]:
        return rows_by_segment(self.table)

    @cached_property
    def _joined(self) -> pa.Array:
        """All segments of each customer, in alphabetical order."""
        names = pc.unique(self.table["segment"]).sort()
        rank = pc.index_in(self.table["segment"], names).to_numpy().astype(np.int64)
        in_order = rank[np.argsort(self.places * max(1, len(names)) + rank)]
        ends = np.cumsum([0, *np.bincount(self.places, minlength=len(self.customers))])
        lists = pa.LargeListArray.from_arrays(pa.array(ends), names.cast(pa.large_string()).take(pa.array(in_order)))
        nothing, between = pa.scalar("", pa.large_string()), pa.scalar(SEPARATOR, pa.large_string())
        return pc.binary_join_element_wise(nothing, pc.binary_join(lists, between), nothing, between)


def members_of(edition: Edition, only: Segment | None = None) -> Members:
    """Look up the members of every decided segment, or of one; of these, too, which other segments they are in."""
    decided = pa.array([segment.name for segment in edition.decided], pa.string())
    table = edition.memberships.table
    published = pc.is_in(table["segment"], decided)
    if not pc.all(published).as_py():
        table = table.filter(published)
    if only is not None:
        own = table.filter(pc.equal(table["segment"], only.name))["customer_id"]
        table = table.filter(pc.is_in(table["customer_id"], own.combine_chunks()))
    named = table["customer_id"].cast(pa.string()).combine_chunks().dictionary_encode()
    order = pc.sort_indices(named.dictionary)
    rank = np.empty(len(order), np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return Members(edition, table, named.dictionary.take(order), rank[named.indices.to_numpy()])
