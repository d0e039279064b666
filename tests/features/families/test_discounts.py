"""What is taken off, and whether it takes an offer."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import discounts
from pipeline.events.event_types import ITEM_PURCHASED, ORDER_PLACED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import discounts as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ITEM_PURCHASED, ORDER_PLACED)), min_size=1, max_size=25)


def order(age, amount=90, discount=None):
    return event("ann", days_before(age), amount=amount, discount=discount)


@settings(max_examples=60)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(discounts.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_bargain_hunter_who_was_won_at_full_price():
    found = asked(discounts.FEATURES, order(400, 100), order(100, 75, discount=25), order(50, 25, discount=75))
    assert found["discounted_order_share_lifetime"] == pytest.approx(2 / 3)
    assert found["discounted_order_share_365d"] == 1
    assert found["discount_depth_share_lifetime"] == pytest.approx(100 / 300)
    assert found["offer_depth_share_lifetime"] == 0.5
    assert found["full_price_revenue_share_365d"] == 0
    assert (found["first_order_discounted"], found["last_order_discounted"]) == (0, 1)
    assert found["only_on_discount"] == 0
    assert found["days_since_last_full_price_order"] == 400


def test_a_customer_who_only_ever_bought_on_sale():
    found = asked(discounts.FEATURES, order(100, discount=10), order(50, discount=10))
    assert found["only_on_discount"] == found["first_order_discounted"] == found["last_order_discounted"] == 1
    assert math.isnan(found["days_since_last_full_price_order"])


@pytest.mark.parametrize("nothing", [None, 0])
def test_no_discount_told_and_a_discount_of_nothing_are_full_price(nothing):
    found = asked(discounts.FEATURES, order(10, discount=nothing))
    assert found["discounted_orders_365d"] == found["only_on_discount"] == found["last_order_discounted"] == 0
    assert found["discount_depth_share_365d"] == 0
    assert found["days_since_last_full_price_order"] == 10


def test_the_least_that_can_be_taken_off_is_a_discount():
    assert asked(discounts.FEATURES, order(10, discount="0.0001"))["only_on_discount"] == 1


def test_what_is_taken_off_a_line_is_the_lines_own_and_not_added_to_the_orders():
    lines = [
        event("ann", days_before(10), ITEM_PURCHASED, product_id="cup", amount=30, discount=10),
        event("ann", days_before(10), ITEM_PURCHASED, product_id="mug", amount=60, discount=0),
    ]
    found = asked(discounts.FEATURES, order(10, 90, discount=10), *lines)
    assert found["discount_value_365d"] == 10
    assert found["discounted_item_share_365d"] == 0.5
    assert found["item_discount_depth_share_lifetime"] == 0.1


def test_without_an_order_nothing_is_said_of_offers():
    found = asked(discounts.FEATURES, event("ann", days_before(10), ITEM_PURCHASED, product_id="cup", discount=1))
    flags = ("only_on_discount", "first_order_discounted", "last_order_discounted", "discounted_order_share_lifetime")
    assert all(math.isnan(found[name]) for name in flags)


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_an_order_counts_from_the_windows_first_microsecond(nudge, counted):
    edge = event("ann", days_before(365) + nudge * MICROSECOND, amount=90, discount=10)
    found = asked(discounts.FEATURES, edge, order(5))
    assert found["discounted_orders_365d"] == counted
    assert found["discounted_order_share_365d"] == counted / (1 + counted)
