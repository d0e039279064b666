"""How often a customer orders, and since when."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import orders
from pipeline.events.event_types import ORDER_PLACED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import orders as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ORDER_PLACED,)), min_size=1, max_size=25)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(orders.FEATURES, (oracle,), rows, cut_off, zone)


@pytest.mark.parametrize("days", [7, 30, 60, 90, 180, 365])
@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(days, nudge, counted):
    found = asked(orders.FEATURES, event("ann", days_before(days) + nudge * MICROSECOND))
    assert found[f"orders_{days}d"] == counted
    assert found["orders_lifetime"] == 1


def test_two_orders_within_24_hours_counted_back_from_the_cut_off_are_of_one_day():
    found = asked(orders.FEATURES, *(event("ann", days_before(age)) for age in (3, 2.5, 2.1, 2)))
    assert found["order_days_lifetime"] == 2
    assert found["same_day_orders_lifetime"] == 2


def test_a_loyal_customer_of_old_who_came_back_this_month():
    found = asked(orders.FEATURES, *(event("ann", days_before(age)) for age in (800, 700, 600, 45, 20, 10)))
    assert found["recent_order_share_365d"] == 0.5
    assert found["orders_trend_30d"] == 2
    assert found["days_since_first_order"] == 800


@pytest.mark.parametrize(("nudge", "trend"), [(-1, 0.5), (0, 2)])
def test_an_order_30_days_ago_is_of_the_last_30_days_and_one_a_microsecond_older_of_those_before(nudge, trend):
    others = [event("ann", days_before(age)) for age in (40, 20)]
    found = asked(orders.FEATURES, event("ann", days_before(30) + nudge * MICROSECOND), *others)
    assert found["orders_trend_30d"] == trend


def test_a_trend_over_nothing_is_null():
    found = asked(orders.FEATURES, event("ann", days_before(5)))
    assert math.isnan(found["orders_trend_30d"])
    assert math.isnan(found["orders_trend_90d"])
