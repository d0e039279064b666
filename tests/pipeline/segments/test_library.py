"""The library, and each of its segments decided a second time in plain Python."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from pipeline.conditions.check import Kind
from pipeline.segments.library import cluster_segments, library
from pipeline.segments.membership import assign
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import Segment, SegmentKind

Row = dict[str, Any]
NAMES = [segment.name for segment in library()]
AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
FEATURES = [
    "orders_lifetime",
    "orders_365d",
    "order_days_365d",
    "revenue_lifetime",
    "days_since_last_order",
    "days_since_first_order",
]


def test_the_library_has_the_segments_that_a_marketer_expects() -> None:
    kinds = {segment.name: segment.kind for segment in library()}
    assert [name for name, kind in kinds.items() if kind is SegmentKind.RULE] == [
        "vip",
        "regular",
        "one_time",
        "at_risk",
        "lapsed",
        "new",
    ]
    assert [name for name, kind in kinds.items() if kind is SegmentKind.PREDICTED] == [
        "predicted_at_risk",
        "likely_to_buy",
        "high_expected_value",
    ]


@pytest.mark.parametrize("segment", library(), ids=NAMES)
def test_each_says_what_it_is_and_what_to_do(segment: Segment) -> None:
    assert all((segment.title, segment.description, segment.send, segment.do_not_send))
    assert set(segment.exclude) <= set(NAMES) - {segment.name}
    segment.check({**dict.fromkeys(FEATURES, Kind.NUMBER), **PREDICTIONS})


def shop(seed: int, customers: int = 150) -> list[Row]:
    """Customers with many ties, values on the boundaries, and nulls where a model does not speak of somebody.

    After them come twice as many visitors who never ordered.
    """
    random = Random(seed)  # noqa: S311 - chosen at random, not kept secret

    def customer(number: int) -> Row:
        orders = random.choice([1, 1, 1, 2, 3, 5, 9])
        recency = random.choice([3.0, 30.0, 59.99, 60.0, 90.5, 120.0, 120.01, 400.0])
        known = random.random() < 0.8
        return {
            "customer_id": f"customer {number:03}",
            "orders_lifetime": float(orders),
            "orders_365d": float(orders) if recency < 365 else 0.0,
            "order_days_365d": float(random.randint(1, orders)),
            "revenue_lifetime": random.choice([10.0, 20.0, 50.0, 500.0]) * orders,
            "days_since_last_order": recency,
            "days_since_first_order": recency + (orders - 1) * 20,
            "churn_probability": random.choice([0.4, 0.49, 0.5, 0.55, 0.6, 0.9]) if known else None,
            "purchase_probability": random.random() if known else None,
            "expected_spend": random.choice([0.0, 5.0, 50.0, random.random() * 100]) if known else None,
        }

    return [customer(number) for number in range(customers)] + [visitor(number) for number in range(2 * customers)]


def visitor(number: int) -> Row:
    nothing = ("days_since_last_order", "days_since_first_order", "churn_probability", "purchase_probability")
    ordered = dict.fromkeys(("orders_lifetime", "orders_365d", "order_days_365d", "revenue_lifetime"), 0.0)
    return {"customer_id": f"visitor {number:03}", **ordered, **dict.fromkeys((*nothing, "expected_spend"))}


def percentile(name: str, row: Row, rows: list[Row]) -> float:
    """Below any threshold for null; the share of the others with less, otherwise."""
    values = [other[name] for other in rows if other[name] is not None]
    return -1 if row[name] is None else 100 * sum(value < row[name] for value in values) / (len(values) - 1)


def vip(row: Row, rows: list[Row], top: float) -> bool:
    buyers = [other for other in rows if other["orders_lifetime"]]
    names = ("revenue_lifetime", "orders_lifetime")
    return row in buyers and any(percentile(name, row, buyers) >= top for name in names)


ENTERS: dict[str, Callable[[Row, list[Row]], bool]] = {
    "vip": lambda row, rows: vip(row, rows, 90),
    "regular": lambda row, _: row["order_days_365d"] >= 3 and row["days_since_last_order"] < 60,
    "one_time": lambda row, _: row["orders_lifetime"] == 1 and row["days_since_first_order"] > 30,
    "at_risk": lambda row, _: row["orders_lifetime"] >= 2 and 60 <= row["days_since_last_order"] <= 120,
    "lapsed": lambda row, _: (row["days_since_last_order"] or 0) > 120,
    "new": lambda row, _: row["days_since_first_order"] is not None and row["days_since_first_order"] <= 30,
    "predicted_at_risk": lambda row, _: (row["churn_probability"] or 0) >= 0.6 and row["orders_365d"] >= 1,
    "likely_to_buy": lambda row, rows: percentile("purchase_probability", row, rows) >= 80,
    "high_expected_value": lambda row, rows: percentile("expected_spend", row, rows) >= 90,
}
STAYS: dict[str, Callable[[Row, list[Row]], bool]] = {
    "vip": lambda row, rows: vip(row, rows, 85),
    "predicted_at_risk": lambda row, _: (row["churn_probability"] or 0) >= 0.5,
    "likely_to_buy": lambda row, rows: percentile("purchase_probability", row, rows) >= 70,
    "high_expected_value": lambda row, rows: percentile("expected_spend", row, rows) >= 85,
}


def nobody(_row: Row, _rows: list[Row]) -> bool:
    return False


@pytest.mark.parametrize("seed", range(3))
def test_two_nights_of_the_library_are_as_plain_python_decides(seed: int) -> None:
    before, expected = None, {name: set[str]() for name in NAMES}
    for night in range(2):
        rows = shop(2 * seed + night)
        before = assign(library(), Profiles(AS_OF + timedelta(days=night), pa.Table.from_pylist(rows)), before)
        for name, members in expected.items():
            stays = STAYS.get(name, nobody)
            expected[name] = {
                row["customer_id"]
                for row in rows
                if ENTERS[name](row, rows) or (row["customer_id"] in members and stays(row, rows))
            }
            assert set(before.of(name)["customer_id"].to_pylist()) == expected[name], name
    assert all(expected.values())


def test_clusters_become_segments() -> None:
    gifts, quoted = cluster_segments({"Gift buyers": "They buy for others.", "Anna's friends": "They know Anna."})
    assert (gifts.name, gifts.title, gifts.kind) == ("cluster_gift_buyers", "Gift buyers", SegmentKind.CLUSTER)
    table = pa.table({"customer_id": ["1", "2", "3"], "cluster": ["Gift buyers", "Anna's friends", None]})
    tonight = assign([gifts, quoted], Profiles(AS_OF, table), None)
    assert tonight.table.select(["customer_id", "segment"]).to_pylist() == [
        {"customer_id": "2", "segment": "cluster_anna_s_friends"},
        {"customer_id": "1", "segment": "cluster_gift_buyers"},
    ]


def test_who_never_ordered_can_be_asked_for() -> None:
    never = Segment(name="never_ordered", when="orders_lifetime = 0")
    rows = shop(0)
    members = assign([never], Profiles(AS_OF, pa.Table.from_pylist(rows)), None).table["customer_id"].to_pylist()
    assert members == [row["customer_id"] for row in rows if row["customer_id"].startswith("visitor")]
