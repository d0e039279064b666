from datetime import UTC, datetime, timedelta

import pyarrow as pa

from pipeline.segments.membership import SCHEMA, Memberships
from pipeline.segments.moves import moves, transitions

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def memberships(at: datetime, **segments: str) -> Memberships:
    """Who is in each segment, as "anna ben"."""
    rows = [
        {"customer_id": customer, "segment": name, "kind": "rule", "since": at, "score": None, "held_out": False}
        for name, customers in segments.items()
        for customer in customers.split()
    ]
    return Memberships(at, pa.Table.from_pylist(rows, SCHEMA))


def rows(table: pa.Table) -> list[tuple[str | None, str | None, int]]:
    return [tuple(row.values()) for row in table.to_pylist()]


BEFORE = memberships(MONDAY, stage_new="anna ben", stage_loyal="cleo dan", vip="cleo")
NOW = memberships(MONDAY + timedelta(days=1), stage_new="eve", stage_loyal="anna cleo", stage_lost="ben", vip="anna")


def test_who_came_and_who_went_by_segment() -> None:
    found = {name: (one.entered.to_pylist(), one.left.to_pylist()) for name, one in moves(BEFORE, NOW).items()}
    assert found == {
        "stage_new": (["eve"], ["anna", "ben"]),
        "stage_loyal": (["anna"], ["dan"]),
        "stage_lost": (["ben"], []),
        "vip": (["anna"], ["cleo"]),
    }


def test_between_two_equal_runs_nobody_moves() -> None:
    assert all(len(one.entered) == len(one.left) == 0 for one in moves(NOW, NOW).values())


def test_of_a_partition_everybody_is_counted_once_from_where_they_were_to_where_they_are() -> None:
    assert rows(transitions(BEFORE, NOW, ["stage_new", "stage_loyal", "stage_lost"])) == [
        ("stage_new", "stage_loyal", 1),
        ("stage_new", "stage_lost", 1),
        ("stage_loyal", "stage_loyal", 1),
        ("stage_loyal", None, 1),
        (None, "stage_new", 1),
    ]


def test_who_is_in_several_of_a_list_is_counted_once_a_pair() -> None:
    assert rows(transitions(BEFORE, NOW, ["vip", "stage_loyal"])) == [
        ("vip", "stage_loyal", 1),
        ("stage_loyal", "stage_loyal", 1),
        ("stage_loyal", None, 1),
        (None, "vip", 1),
        (None, "stage_loyal", 1),
    ]


def test_without_members_there_is_nothing_to_count() -> None:
    assert transitions(BEFORE, NOW, ["nobody"]).num_rows == 0
    nobody = Memberships(MONDAY, SCHEMA.empty_table())
    assert moves(nobody, nobody) == {}
