"""Every feature worked out on one invented customer, by the builder itself."""

from datetime import UTC, datetime

import pytest

from features.catalogue import CATALOGUE, describe
from features.example import OWN_ROW, described, example_history, outlines, value_of, worked_example
from features.example_log import EXAMPLE_AS_OF, EXAMPLE_VOCABULARY, LOG
from features.families import emails, orders, season, traffic, traits
from features.feature import feature
from features.vocabulary import Vocabulary
from pipeline.errors import FeatureError
from pipeline.events.event_types import EVENT_TYPES, ORDER_PLACED
from pipeline.windows.filters import OneOf

COLUMNS = describe(EXAMPLE_VOCABULARY)
FAMILIES = tuple(dict.fromkeys(column.family for column in COLUMNS))
FEW = (*orders.FEATURES, *season.FEATURES, *emails.FEATURES, *traffic.FEATURES, *traits.FEATURES)


@feature("days", "recency", null="before the first order on the moon")
def days_since_last_order_on_the_moon(customer):
    """Days since the last order on the moon."""
    return customer.events(ORDER_PLACED).where(OneOf("channel", ("moon",))).days_since_last()


def worked(name):
    return worked_example(name, FEW)


def test_the_example_is_short_in_order_and_touches_every_event_type():
    instants = [when for when, _, _ in LOG]
    assert 40 <= len(LOG) <= 60
    assert {what for _, what, _ in LOG} == set(EVENT_TYPES)
    assert instants == sorted(instants)
    assert max(instants) < f"{EXAMPLE_AS_OF:%Y-%m-%d %H:%M}"


def test_nearly_every_feature_has_a_value_in_the_example():
    without = [column.name for column in COLUMNS if worked_example(column.name).value is None]
    assert len(without) <= 0.1 * len(COLUMNS), without


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_is_nought_in_the_example(family):
    own = [column.name for column in COLUMNS if column.family == family]
    assert any(worked_example(name).value for name in own)


def test_every_feature_has_an_outline_and_its_example():
    assert {outline.family for outline, _ in outlines()} == {feature.family for feature in CATALOGUE}
    assert all(worked_example(first.name).column == first for _, first in outlines())


def test_an_order_count_is_worked_out_from_the_orders():
    found = worked("orders_90d")
    assert found.value == 2
    assert {entry.what for entry in found.entries} == {"order_placed"}
    assert [
        entry.details["order_id"] for entry in found.entries if entry.when >= datetime(2025, 12, 1, tzinfo=UTC)
    ] == [
        "5",
        "6",
    ]


def test_of_many_events_those_in_the_window_and_the_one_before_are_shown():
    found = worked("visit_source_share_google_90d")
    start = datetime(2025, 12, 1, tzinfo=UTC)
    assert [entry.when < start for entry in found.entries] == [True] + [False] * (len(found.entries) - 1)
    assert found.left_out > 0
    assert found.value == pytest.approx(2 / 6)


def test_a_feature_that_reads_the_row_about_a_customer_shows_it():
    found = worked("days_to_birthday")
    assert [(entry.what, entry.details["birth_month"]) for entry in found.entries] == [(OWN_ROW, 4)]
    assert found.value == 31
    assert worked("trait_plan_gold").entries == found.entries


def test_a_value_that_only_another_shop_has_is_shown_by_one_of_the_examples():
    outline = described("visit_source_share_bing_90d", FEW)
    assert outline.name == "visit_source_share_<source>_90d"
    found = worked("visit_source_share_bing_90d")
    assert found.column.name == "visit_source_share_google_90d"
    assert found == worked("visit_source_share_<source>_90d")
    assert value_of(outline, found.column) == "google"


def test_a_feature_without_values_is_about_none():
    column = described("orders_90d", FEW)
    assert value_of(column, column) == ""


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(FeatureError, match=r'There is no feature "order_90d".*Did you mean "orders_90d"'):
        worked("order_90d")


def test_a_feature_without_a_value_has_none_in_the_example():
    found = worked_example("days_since_last_order_on_the_moon", (days_since_last_order_on_the_moon,))
    assert found.value is None
    assert len(found.entries) == 6


def test_the_example_speaks_of_one_customer_only():
    customers = example_history().events.customer_id.nunique().execute()
    assert customers == 1
    assert Vocabulary.from_dict(EXAMPLE_VOCABULARY.as_dict()) == EXAMPLE_VOCABULARY
