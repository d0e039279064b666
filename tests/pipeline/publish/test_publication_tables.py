"""The table of segments and of memberships."""

from dataclasses import replace

import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.tables import SEGMENTS, membership_table, model_version, segment_table
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
