"""The table of segments and of memberships."""

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.tables import SEGMENTS, membership_table, model_version, prediction_table, segment_table
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import Segment


def test_segments_have_these_columns(today: Edition) -> None:
    assert segment_table(today).column_names == SEGMENTS.names
    assert SEGMENTS.names == [
        "segment",
        "kind",
        "title",
        "size",
        "share",
        "entered",
        "left",
        "definition_version",
        "model_version",
    ]


def test_sizes_are_counts_and_shares_are_of_all_customers(today: Edition) -> None:
    rows = {row["segment"]: row for row in segment_table(today).to_pylist()}
    vips = today.memberships.of("vip").num_rows
    assert rows["vip"]["size"] == vips
    assert rows["vip"]["share"] == round(vips / 242, 4)


@pytest.mark.parametrize(
    ("condition", "version"),
    [
        ("churn_probability > 0.6", "churn 7"),
        ("churn_probability > 0.6 and purchase_probability < 0.2", "churn 7;purchase 4"),
        ("value_at_stake > 100", "churn 7"),
        ("purchase_value_at_stake > 100 or purchase_reason_2 is null", "purchase 4"),
        ("churn_7d_probability > 0.5 and churn_7d_reason_1 is not null", None),
        ("expected_spend > 100", "spend 3"),
        ("cluster = 'Steady households'", "cluster 2"),
        ("revenue_365d > 100", None),
    ],
)
def test_the_model_version_is_of_the_models_that_decide(today: Edition, condition: str, version: str | None) -> None:
    assert model_version(Segment(name="some", when=condition), today.versions) == version


def test_memberships_are_in_order_of_segment_and_customer(today: Edition) -> None:
    shuffled = replace(today.memberships, table=today.memberships.table.sort_by([("customer_id", "descending")]))
    assert membership_table(replace(today, memberships=shuffled)) == membership_table(today)


def test_predictions_are_those_that_are_promised_and_whatever_else_there_is(today: Edition) -> None:
    table = today.profiles.table.append_column("loyal_probability", pa.array([0.5] * len(today.profiles)))
    predicted = today.profiles.predicted | {"loyal_probability", "loyal_reason_1"}
    found = prediction_table(replace(today, profiles=Profiles(today.as_of, table, predicted)))
    assert found.column_names == ["customer_id", *PREDICTIONS, "loyal_probability"]
    assert found["customer_id"].to_pylist() == sorted(table["customer_id"].to_pylist())
    assert set(found["loyal_probability"].to_pylist()) == {0.5}


def test_what_no_model_says_is_null_and_no_feature_is_a_prediction(unpredicted: Edition) -> None:
    found = prediction_table(unpredicted)
    assert found.column_names == ["customer_id", *PREDICTIONS]
    assert all(found[name].null_count == found.num_rows for name in PREDICTIONS)
