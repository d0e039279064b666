"""What a customer looks at and buys."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import planned
from features.families import affinity
from pipeline.events.event_types import ITEM_PURCHASED, PRODUCT_VIEWED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, SHOP, events, moments, zones
from tests.features.oracle import affinity as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ITEM_PURCHASED, PRODUCT_VIEWED)), min_size=1, max_size=25)


def item(age, category=None, amount=None, quantity=1):
    return event("ann", days_before(age), ITEM_PURCHASED, category=category, amount=amount, quantity=quantity)


def view(age, category):
    return event("ann", days_before(age), PRODUCT_VIEWED, category=category)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(affinity.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_tea_drinker_who_has_begun_to_look_at_pots():
    found = asked(
        affinity.FEATURES,
        *(item(age, "tea") for age in (500, 400, 300)),
        item(200, "toys"),
        item(100, None),
        *(view(age, "Pots & pans") for age in (30, 20, 10)),
        view(5, "tea"),
        view(400, "toys"),
    )
    assert found["category_item_share_tea_lifetime"] == 0.75
    assert found["category_item_share_other_lifetime"] == 0.25
    assert found["category_item_concentration_lifetime"] == pytest.approx(0.75**2 + 0.25**2)
    assert found["top_category_item_share_lifetime"] == 0.75
    assert found["category_view_share_pots_pans_365d"] == 0.75
    assert found["category_view_share_other_365d"] == 0
    assert found["top_category_view_share_365d"] == 0.75


@pytest.mark.parametrize(
    ("amount", "quantity", "band"),
    [
        (9.99, 1, "low"),
        (10, 1, "middle"),
        (39.99, 1, "middle"),
        (40, 1, "high"),
        (40, 5, "low"),
        (0, 1, "low"),
        (50, None, "high"),
    ],
)
def test_a_price_is_that_of_a_piece_and_a_bound_belongs_to_the_dearer_band(amount, quantity, band):
    found = asked(affinity.FEATURES, item(3, "tea", amount, quantity), item(2, "tea"))
    shares = {name: found[f"{name}_price_item_share_365d"] for name in ("low", "middle", "high")}
    assert shares == {name: float(name == band) for name in shares}


@pytest.mark.parametrize(("nudge", "share"), [(-1, 1), (0, 0.5), (1, 0.5)])
def test_an_item_counts_from_the_first_microsecond_of_the_year(nudge, share):
    old = event("ann", days_before(365) + nudge * MICROSECOND, ITEM_PURCHASED, amount=90, quantity=1)
    found = asked(affinity.FEATURES, old, item(3, "tea", 5))
    assert found["low_price_item_share_365d"] == share


def test_a_customer_without_an_item_of_known_price_has_no_share_of_prices():
    found = asked(affinity.FEATURES, item(3, "tea"))
    assert math.isnan(found["low_price_item_share_365d"])
    assert found["category_item_share_tea_lifetime"] == 1
    assert math.isnan(found["category_view_share_tea_365d"])


def test_a_shop_without_price_bands_or_categories_has_no_column_of_them():
    without_prices = planned(replace(SHOP, price_bands=()), affinity.FEATURES).described
    assert not any("price" in column.name for column in without_prices)
    assert len(without_prices) == 10
    without_categories = planned(replace(SHOP, terms={}), affinity.FEATURES).described
    assert [column.name for column in without_categories] == [
        "low_price_item_share_365d",
        "middle_price_item_share_365d",
        "high_price_item_share_365d",
    ]
