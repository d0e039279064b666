"""Who else a member is: looked up once for all lists, and the same as when it is looked up for each customer."""

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.lists import member_list, member_lists, member_table
from pipeline.publish.members import members_of
from pipeline.segments.membership import SCHEMA, Memberships
from pipeline.segments.segment import Segment

ALIKE = ("vip", "vip_2", "not_vip", "ip")


@pytest.fixture
def alike(today: Edition) -> Edition:
    """Segments whose names are parts of one another, in no order: everybody is in a few, one customer in one only."""
    ids = today.profiles.table["customer_id"].to_pylist()
    rows = [(one, name) for at, one in enumerate(ids) for name in reversed(ALIKE) if at % (ALIKE.index(name) + 2) < 2]
    full = [dict(zip(SCHEMA.names, (one, name, "rule", today.as_of, None, False), strict=True)) for one, name in rows]
    segments = tuple(Segment(name=name, when="orders_365d >= 1") for name in ALIKE)
    members = Memberships(today.as_of, pa.Table.from_pylist(full, SCHEMA), (), segments)
    return replace(today, segments=segments, memberships=members)


def naively(edition: Edition, segment: Segment) -> dict[str, str | None]:
    decided = {one.name for one in edition.decided}
    rows = [(row["customer_id"], row["segment"]) for row in edition.memberships.table.to_pylist()]
    inside = [one for one, name in rows if name == segment.name]
    others = {
        one: sorted(name for who, name in rows if who == one and name in decided - {segment.name}) for one in inside
    }
    return {one: ";".join(names) or None for one, names in others.items()}


def test_also_in_is_what_a_naive_search_finds(alike: Edition) -> None:
    for segment, table in member_lists(alike):
        found = dict(zip(table["customer_id"].to_pylist(), table["also_in"].to_pylist(), strict=True))
        assert found == naively(alike, segment)


def test_a_list_by_itself_is_the_same_as_among_all(today: Edition) -> None:
    for segment, table in member_lists(today):
        assert table.equals(member_list(today, segment)), segment.name


def test_lists_come_in_the_order_of_the_segments_and_are_made_when_asked_for(today: Edition) -> None:
    lists = member_lists(today)
    first, table = next(lists)
    assert first == today.decided[0]
    assert table.num_rows == today.memberships.of(first.name).num_rows
    assert [segment for segment, _ in lists] == list(today.decided[1:])


def test_a_segment_that_is_not_published_is_not_mentioned(alike: Edition) -> None:
    fewer = replace(alike, segments=alike.segments[1:])
    mentioned = {
        name
        for _, table in member_lists(fewer)
        for text in table["also_in"].to_pylist()
        for name in (text or "").split(";")
    }
    assert "vip" not in mentioned
    assert "vip_2" in mentioned


def test_chunks_and_the_order_of_rows_do_not_matter(alike: Edition) -> None:
    table = alike.memberships.table
    shuffled = pa.concat_tables([table.slice(100), table.slice(0, 100)]).sort_by([("customer_id", "descending")])
    other = replace(alike, memberships=replace(alike.memberships, table=shuffled))
    for (_, one), (_, two) in zip(member_lists(alike), member_lists(other), strict=True):
        assert one.equals(two)


def test_the_table_of_the_report_has_the_names_as_a_list(alike: Edition) -> None:
    row = member_table(alike, alike.segments[0]).to_pylist()[0]
    assert row["also_in"] == (naively(alike, alike.segments[0])[row["customer_id"]] or "").split(";")


def test_nobody_at_all_is_an_empty_lookup(today: Edition) -> None:
    nobody = replace(today, memberships=Memberships(today.as_of, SCHEMA.empty_table(), (), today.segments))
    members = members_of(nobody)
    assert len(members.customers) == 0
    assert all(table.num_rows == 0 for _, table in member_lists(nobody))
