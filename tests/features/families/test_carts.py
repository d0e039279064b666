"""What a customer puts into the cart, and what becomes of it."""

import math

import pytest
from hypothesis import given, settings

from features.builder import planned
from features.families import carts
from features.vocabulary import Vocabulary
from pipeline.events.event_types import CART_ADDED, CART_REMOVED, CHECKOUT_STARTED, ITEM_PURCHASED, ORDER_PLACED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, zones
from tests.features.oracle import carts as oracle
from tests.features.oracle.agreement import agrees
from tests.features.trails import ends, logs_and_trails
from tests.rows import days_before, event

CART_TYPES = (*[CART_ADDED] * 5, *[CART_REMOVED] * 2, *[CHECKOUT_STARTED] * 2, ITEM_PURCHASED, ORDER_PLACED)
logs = logs_and_trails(CART_TYPES)


def added(age, product="cup", nudge=0, **fields):
    return event("ann", days_before(age) + nudge * MICROSECOND, CART_ADDED, product_id=product, **fields)


def ordered(age, nudge=0):
    return event("ann", days_before(age) + nudge * MICROSECOND)


@settings(max_examples=60)
@given(rows=logs, cut_off=ends, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(carts.FEATURES, (oracle,), rows, cut_off, zone)


@pytest.mark.parametrize("days", [1, 7, 30, 90, 365])
@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(days, nudge, counted):
    assert asked(carts.FEATURES, added(days, nudge=nudge))[f"cart_additions_{days}d"] == counted


@pytest.mark.parametrize(("nudge", "abandoned"), [(0, 0), (1, 1)])
def test_an_order_saves_a_cart_if_it_comes_within_24_hours_to_the_microsecond(nudge, abandoned):
    found = asked(carts.FEATURES, added(10), ordered(9, nudge))
    assert found["abandoned_carts_30d"] == abandoned
    assert found["cart_abandonment_share_365d"] == abandoned


@pytest.mark.parametrize(("nudge", "abandoned", "share"), [(-1, 1, 1.0), (0, 0, math.nan)])
def test_nothing_is_said_about_a_cart_before_its_24_hours_are_over(nudge, abandoned, share):
    found = asked(carts.FEATURES, added(1, nudge=nudge))
    assert found["carts_30d"] == 1
    assert found["abandoned_carts_30d"] == abandoned
    assert found["cart_abandonment_share_365d"] == pytest.approx(share, nan_ok=True)


def test_a_cart_filled_on_two_visits_of_a_day_is_one_and_its_24_hours_begin_with_the_last_product():
    found = asked(carts.FEATURES, added(9.9, "cup"), added(9.1, "mug"), ordered(8.2))
    assert found["cart_additions_30d"] == 2
    assert found["carts_30d"] == 1
    assert found["abandoned_carts_30d"] == 0


def test_of_two_abandoned_carts_one_came_back_as_an_order_within_the_week():
    found = asked(carts.FEATURES, added(100), ordered(96), added(50), added(5))
    assert found["abandoned_carts_365d"] == 3
    assert found["recovered_cart_share_365d"] == 0.5
    assert found["days_since_last_abandoned_cart"] == 5


def test_what_was_taken_out_or_bought_is_no_longer_in_the_cart():
    rows = [
        added(6, "cup", amount=8),
        added(5, "mug", amount=12),
        added(4, "pot", amount=30),
        added(3, "pot", amount=30),
        event("ann", days_before(2), CART_REMOVED, product_id="cup"),
        event("ann", days_before(2), ITEM_PURCHASED, product_id="mug"),
    ]
    found = asked(carts.FEATURES, *rows)
    assert found["open_cart_products_7d"] == 1
    assert found["open_cart_value_30d"] == 60
    assert asked(carts.FEATURES, *rows, added(1, "cup", amount=9))["open_cart_products_7d"] == 2


def test_an_order_empties_the_cart():
    found = asked(carts.FEATURES, added(6, amount=8), ordered(1))
    assert found["open_cart_products_30d"] == 0
    assert found["open_cart_value_30d"] == 0


def test_the_value_of_an_open_cart_is_unknown_where_no_amount_is_told():
    assert math.isnan(asked(carts.FEATURES, added(6))["open_cart_value_30d"])
    assert asked(carts.FEATURES, added(6), added(5, "mug", amount=12))["open_cart_value_30d"] == 12


def test_a_checkout_leads_to_an_order_or_is_abandoned():
    ways = [event("ann", days_before(age), CHECKOUT_STARTED) for age in (20.5, 20.4, 10, 0.5)]
    found = asked(carts.FEATURES, *ways, ordered(20.3))
    assert found["checkouts_30d"] == 4
    assert found["abandoned_checkouts_365d"] == 1
    assert found["checkout_order_share_365d"] == 0.5


def test_a_shop_that_logs_no_orders_cannot_say_which_carts_were_abandoned():
    assert names_for(CART_ADDED) & {"carts_30d", "abandoned_carts_30d", "open_cart_value_30d"} == {"carts_30d"}


def test_a_shop_that_logs_carts_and_orders_alone_knows_what_is_open():
    assert names_for(CART_ADDED, ORDER_PLACED) >= {"abandoned_carts_30d", "open_cart_products_30d"}


def names_for(*event_types):
    """The columns of a shop that logs nothing else."""
    return {column.name for column in planned(Vocabulary(event_types=event_types), carts.FEATURES).described}
