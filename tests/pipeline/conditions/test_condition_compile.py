import math
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from pipeline.conditions.compile import compile_condition
from pipeline.conditions.parse import MAX_DEPTH, parse
from pipeline.conditions.questions import EventCall
from pipeline.errors import ConditionError
from pipeline.events.engine import connect

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
CUSTOMERS = pa.table(
    {
        "id": [1, 2, 3, 4],
        "orders": [0.0, 1.0, 2.0, None],
        "revenue": [10.0, None, 30.0, 30.0],
        "cluster": ["boots", "it's", None, ""],
        "reachable": [True, False, None, True],
        "next_order_at": pa.array([NOON, NOON + timedelta(microseconds=1), None, NOON], pa.timestamp("us", "UTC")),
    },
)


def values(text: str, table: pa.Table = CUSTOMERS) -> list[object]:
    rows = ibis.memtable(table)
    result = connect("UTC").to_pyarrow(rows.select("id", value=compile_condition(parse(text), rows)).order_by("id"))
    return result["value"].to_pylist()


def members(text: str, table: pa.Table = CUSTOMERS) -> list[int]:
    return [number for number, value in enumerate(values(text, table), 1) if value]


def numbers(*given: float | None) -> pa.Table:
    return pa.table({"id": range(len(given)), "x": pa.array(given, pa.float64())})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders > 1", [3]),
        ("orders >= 1", [2, 3]),
        ("orders < 1", [1]),
        ("orders <= 1", [1, 2]),
        ("orders = 1", [2]),
        ("orders != 1", [1, 3]),
        ("orders between 1 and 2", [2, 3]),
        ("orders between 1.000001 and 1.999999", []),
        ("orders between 2 and 1", []),
        ("orders in (0, 2)", [1, 3]),
        ("orders not in (0, 2)", [2]),
        ("cluster in ('boots', '')", [1, 4]),
        ("cluster = 'it''s'", [2]),
        ("reachable", [1, 4]),
        ("not reachable", [2]),
        ("reachable = false", [2]),
        ("next_order_at = '2026-11-30T12:00'", [1, 4]),
        ("next_order_at > '2026-11-30T13:00:00.000000+01:00'", [2]),
        ("next_order_at between '2026-11-30' and '2026-11-30T12:00:00Z'", [1, 4]),
        ("next_order_at in ('2026-11-30T12:00:00.000001')", [2]),
        ("next_order_at < '2026-11-30T12:00'", []),
        ("true", [1, 2, 3, 4]),
        ("1 = 2 or false", []),
    ],
)
def test_members_at_the_boundaries(text: str, expected: list[int]) -> None:
    assert members(text) == expected


@pytest.mark.parametrize("comparison", ["orders > 1", "orders between 0 and 1", "orders in (1)", "orders = orders"])
def test_a_null_is_a_member_of_neither_a_comparison_nor_its_opposite(comparison: str) -> None:
    assert 4 not in members(comparison) + members(f"not ({comparison})")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders > 5 and reachable", []),
        ("not (orders > 5 and reachable)", [1, 2, 3]),
        ("reachable or orders >= 2", [1, 3, 4]),
        ("not (reachable or orders > 2)", [2]),
        ("cluster is null or orders is null", [3, 4]),
        ("(orders > 1) is null", [4]),
        ("orders not between 1 and 2", [1]),
        ("(not reachable) is null", [3]),
        ("not (reachable is null)", [1, 2, 4]),
        ("(not reachable) = true", [2]),
        ("reachable = (cluster is null)", [2]),
        ("(orders = 1) in (false)", [1, 3]),
    ],
)
def test_and_and_or_with_null_are_three_valued(text: str, expected: list[int]) -> None:
    assert members(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders + 1", [1.0, 2.0, 3.0, None]),
        ("-orders * 2", [0.0, -2.0, -4.0, None]),
        ("revenue / orders", [None, None, 15.0, None]),
        ("orders / orders", [None, 1.0, 1.0, None]),
        ("1 / 0", [None] * 4),
        ("7 / 2", [3.5] * 4),
        ("revenue - orders - 1", [9.0, None, 27.0, None]),
    ],
)
def test_a_number_stays_a_number_and_division_by_zero_is_null(text: str, expected: list[float | None]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([7.0], [0.0]),
        ([None], [None]),
        ([1.0, 2.0, 3.0], [0.0, 50.0, 100.0]),
        ([1.0, None, 2.0, 3.0], [0.0, None, 50.0, 100.0]),
        ([5.0, 5.0, 5.0], [0.0, 0.0, 0.0]),
        ([1.0, 3.0, 3.0, 2.0, 3.0], [0.0, 50.0, 50.0, 25.0, 50.0]),
    ],
)
def test_a_percentile_is_the_share_of_others_that_are_lower(given: list[float | None], expected: list[float]) -> None:
    assert values("percentile(x)", numbers(*given)) == expected


def test_every_whole_percentile_is_exact() -> None:
    assert values("percentile(x)", numbers(*range(101))) == [float(percent) for percent in range(101)]


def test_nan_counts_as_null() -> None:
    assert values("x", numbers(1.0, math.nan)) == [1.0, None]
    assert values("percentile(x)", numbers(1.0, math.nan, 2.0)) == [0.0, None, 100.0]
    assert members("x >= 1", numbers(1.0, math.nan)) == [1]


def test_integers_and_decimals_are_numbers_too() -> None:
    table = pa.table({"id": [1, 2], "n": [1, 2], "d": pa.array([1, 2], pa.decimal128(18, 4))})
    assert values("n / 2 + d / 4", table) == [0.75, 1.5]


def test_event_calls_are_given_from_outside() -> None:
    rows = ibis.memtable(CUSTOMERS)
    events = {
        EventCall("sum", "order_placed", "amount"): rows.revenue,
        EventCall("never", "order_placed"): rows.reachable,
    }
    spent = compile_condition(parse("sum(order_placed, amount) * 2"), rows, events)
    never = compile_condition(parse("never(order_placed)"), rows, events)
    result = connect("UTC").to_pyarrow(rows.select("id", spent=spent, never=never).order_by("id"))
    assert result["spent"].to_pylist() == [20.0, None, 60.0, 60.0]
    assert result["never"].to_pylist() == [True, False, False, True]


def test_an_event_call_that_was_not_given_is_an_error() -> None:
    with pytest.raises(ConditionError, match=r'expected columns only, got "count\(order_placed\)" at line 1, column 1'):
        values("count(order_placed) > 1")


@pytest.mark.parametrize(
    "text",
    [
        "-" * (MAX_DEPTH - 1) + "orders",
        "orders" + " + orders" * (MAX_DEPTH - 1),
        "not " * (MAX_DEPTH - 3) + "orders = 1",
        " or ".join(["orders = 1"] * 700),
        f"orders in ({','.join('1' * 4000)})",
    ],
)
def test_the_largest_conditions_still_run(text: str) -> None:
    assert len(values(text)) == 4
