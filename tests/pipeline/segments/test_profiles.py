from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipeline.conditions.known import Kind
from pipeline.errors import ModelError
from pipeline.segments.profiles import Profiles

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_columns_have_kinds_and_one_without_values_is_absent() -> None:
    table = pa.table(
        {
            "customer_id": ["anna"],
            "orders_365d": [1.0],
            "items": [1],
            "cluster": ["Gift buyers"],
            "reachable": [True],
            "categories": [["boots", "hats"]],
            "expected_next_order_at": pa.array([NOON], pa.timestamp("us", "UTC")),
            "expected_spend": pa.nulls(1, pa.float64()),
            "churn_probability": pa.nulls(1),
        },
    )
    assert Profiles(NOON, table).kinds == {
        "orders_365d": Kind.NUMBER,
        "items": Kind.NUMBER,
        "cluster": Kind.TEXT,
        "reachable": Kind.TRUTH,
        "categories": Kind.TEXTS,
        "expected_next_order_at": Kind.MOMENT,
        "expected_spend": Kind.NUMBER,
    }


def test_profiles_are_of_customers() -> None:
    with pytest.raises(ModelError, match='expected a column "customer_id", got orders, revenue'):
        Profiles(NOON, pa.table({"orders": [1], "revenue": [1]}))


def test_the_moment_has_a_time_zone() -> None:
    with pytest.raises(ModelError, match="expected as_of with a time zone, got 2026-11-30 12:00:00"):
        Profiles(NOON.replace(tzinfo=None), pa.table({"customer_id": ["anna"]}))


def test_predictions_are_the_columns_that_models_write_and_that_are_there() -> None:
    table = pa.table({"customer_id": ["anna"], "orders_365d": [1.0], "loyal_probability": [0.5], "loyal_band": ["low"]})
    written = frozenset({"loyal_probability", "loyal_band", "expected_spend"})
    assert Profiles(NOON, table, written).predictions == {"loyal_probability": Kind.NUMBER, "loyal_band": Kind.TEXT}
    assert Profiles(NOON, table).predictions == {}
