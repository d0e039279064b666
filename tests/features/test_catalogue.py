"""Every feature says what it is, and no two share a name."""

import re
from importlib import import_module
from itertools import groupby
from pkgutil import iter_modules

import pytest

from features import families
from features.catalogue import CATALOGUE, EVERYTHING, describe, find
from features.families import orders, support, traits
from features.feature import feature, needs_of
from features.vocabulary import Vocabulary
from pipeline.errors import FeatureError
from pipeline.events.event_types import EVENT_TYPES, ORDER_PLACED, SUPPORT_CONTACTED
from tests.features.logs import SHOP

COLUMNS = describe(SHOP)


@feature("visits", "traffic", windows=(90, None), values="source", null="without a visit in the window")
def seen(customer, source, window):
    """Orders brought by the value in the window."""
    return customer.events(ORDER_PLACED).told_apart("source", source, customer.vocabulary).count(window)


def test_there_are_at_least_forty_features_each_with_a_name_of_its_own():
    names = [column.name for column in COLUMNS]
    assert len(describe()) >= 40
    assert len(set(names)) == len(names)


def test_no_two_features_ask_the_same():
    asked = {}
    for column, what in (pair for each in CATALOGUE for pair in each.columns(SHOP)):
        asked.setdefault(what, []).append(column.name)
    assert [names for names in asked.values() if len(names) > 1] == []


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_every_feature_says_what_it_is_what_it_counts_and_when_it_is_null(column):
    assert re.fullmatch(r"[A-Z0-9].*\.", column.definition, re.DOTALL)
    assert "the window" not in column.definition + column.null
    assert "the value" not in column.definition.replace("the value of", "")
    assert re.fullmatch(r"[a-z][a-z ]*", column.unit)
    assert column.null
    assert column.topic
    assert column.family
    assert set(column.events) == {name for group in column.needs for name in group} <= set(EVENT_TYPES)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_name_is_small_letters_digits_and_underscores(column):
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", column.name)


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.unit == "days"], ids=lambda one: one.name)
def test_a_feature_in_days_says_so(column):
    assert "days" in column.name


def test_a_shop_has_the_same_columns_before_and_after_its_names_are_learned_but_for_the_names():
    before, after = {column.name for column in describe()}, {column.name for column in COLUMNS}
    assert before <= after
    assert "revenue_90d" in before


def test_a_windowed_feature_names_its_window_in_column_and_definition():
    assert find("orders_90d").definition == "Orders placed in the last 90 days."
    assert find("orders_lifetime").definition == "Orders placed in the whole history."
    assert find("average_order_value_365d").null == "without an order in the last 365 days"


def test_a_value_and_all_others_are_columns_with_definitions_of_their_own():
    shop = Vocabulary(event_types=(ORDER_PLACED,), terms={"source": ("Google Ads",)})
    found = {column.name: column.definition for column, _ in seen.columns(shop)}
    assert found == {
        "seen_google_ads_90d": 'Orders brought by "Google Ads" in the last 90 days.',
        "seen_google_ads_lifetime": 'Orders brought by "Google Ads" in the whole history.',
        "seen_other_90d": "Orders brought by another source in the last 90 days.",
        "seen_other_lifetime": "Orders brought by another source in the whole history.",
    }
    assert list(seen.columns(EVERYTHING)) == []


def test_an_outline_stands_for_all_values_at_once():
    outline, first = next(seen.outline(SHOP))
    assert (outline.name, outline.definition) == (
        "seen_<source>_90d",
        "Orders brought by one source in the last 90 days.",
    )
    assert first.name == "seen_google_90d"
    assert list(seen.outline(EVERYTHING)) == []


def test_the_outline_of_a_feature_without_values_is_itself():
    (pair,) = orders.days_since_last_order.outline(SHOP)
    assert pair[0] == pair[1] == find("days_since_last_order")


def test_traits_are_named_after_trait_and_text():
    (trait,) = traits.FEATURES
    found = {column.name: (column.unit, column.definition.partition(": ")[2]) for column, _ in trait.columns(SHOP)}
    assert found == {
        "trait_plan_gold": ("flag", '1 when "plan" is "gold", else 0.'),
        "trait_plan_free": ("flag", '1 when "plan" is "free", else 0.'),
        "trait_plan_other": ("flag", '1 when "plan" is something else, else 0.'),
        "trait_score": ("number", 'the number "score", 1 for true and 0 for false.'),
    }
    assert [outline.unit for outline, _ in trait.outline(SHOP)] == ["flag or number"]


def test_a_feature_needs_one_event_type_of_every_group_that_it_reads():
    ((column, asked), _) = support.helped_order_share.columns(SHOP)
    assert column.needs == needs_of(asked) == ((ORDER_PLACED,), (SUPPORT_CONTACTED,))
    assert column.events == (ORDER_PLACED, SUPPORT_CONTACTED)


def test_an_unknown_feature_is_refused_with_the_nearest_name():
    with pytest.raises(FeatureError, match=r'There is no feature "revenu_90d"\. Did you mean "revenue_90d"'):
        find("revenu_90d")


def test_the_catalogue_has_every_family_once_and_whole():
    modules = [import_module(f"features.families.{name}") for _, name, _ in iter_modules(families.__path__)]
    found = {module.__name__.rsplit(".", 1)[-1]: module.FEATURES for module in modules if hasattr(module, "FEATURES")}
    blocks = {family: tuple(members) for family, members in groupby(CATALOGUE, lambda each: each.family)}
    assert blocks == found
    assert len(CATALOGUE) == sum(map(len, found.values()))
