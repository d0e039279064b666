"""What is in the orders."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import products
from pipeline.events.event_types import ITEM_PURCHASED, ORDER_PLACED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import products as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ITEM_PURCHASED, ORDER_PLACED)), min_size=1, max_size=25)


def bought(age, product, **fields):
    return event("ann", days_before(age), ITEM_PURCHASED, product_id=product, **fields)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(products.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_who_comes_back_for_coffee_and_tries_a_pot():
    found = asked(
        products.FEATURES,
        bought(400, "coffee", category="coffee", quantity=1, amount=10),
        bought(20, "coffee", category="coffee", quantity=2, amount=18),
        bought(20, "pot", category="pots", quantity=1, amount=32),
        bought(10, "filter", quantity=1, amount=5),
    )
    assert found["repeat_products_lifetime"] == 1
    assert found["repeat_product_share_365d"] == 0
    assert found["new_product_share_365d"] == pytest.approx(2 / 3)
    assert found["categories_bought_30d"] == 2
    assert found["largest_basket_lifetime"] == 3
    assert found["average_item_price_lifetime"] == 13


@pytest.mark.parametrize(("nudge", "new"), [(-1, 0), (0, 1), (1, 1)])
def test_a_product_is_new_unless_it_was_bought_before_the_windows_first_microsecond(nudge, new):
    first = event("ann", days_before(365) + nudge * MICROSECOND, ITEM_PURCHASED, product_id="cup")
    assert asked(products.FEATURES, first, bought(5, "cup"))["new_product_share_365d"] == new


@pytest.mark.parametrize(("nudge", "items"), [(0, 5), (1, 3)])
def test_lines_of_one_instant_are_one_basket(nudge, items):
    later = event("ann", days_before(5) + nudge * MICROSECOND, ITEM_PURCHASED, product_id="mug", quantity=2)
    assert asked(products.FEATURES, bought(5, "cup", quantity=3), later)["largest_basket_lifetime"] == items


def test_lines_that_nobody_counted_or_priced_say_nothing_of_baskets_and_prices():
    found = asked(products.FEATURES, bought(5, "cup", amount=10), bought(4, "mug", quantity=2))
    assert found["largest_basket_lifetime"] == 2
    assert math.isnan(found["average_item_price_lifetime"])


def test_a_customer_who_bought_nothing_this_year_has_no_share_of_new_products():
    assert math.isnan(asked(products.FEATURES, bought(370, "cup"))["new_product_share_365d"])
