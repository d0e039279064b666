"""What a customer's orders are worth."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import value
from pipeline.events.event_types import ORDER_PLACED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import value as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ORDER_PLACED,)), min_size=1, max_size=25)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(value.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_whose_last_order_was_a_large_one():
    ages_and_amounts = {400: 20, 100: 40, 10: 60}
    found = asked(value.FEATURES, *(event("ann", days_before(age), amount=it) for age, it in ages_and_amounts.items()))
    assert found["last_order_value"] == 60
    assert found["last_order_value_ratio"] == 1.5
    assert found["order_value_spread_ratio"] == pytest.approx((2 / 3) ** 0.5 * 20 / 40)
    assert found["largest_order_lifetime"] == 60
    assert found["revenue_trend_365d"] == 5
    assert found["revenue_per_day"] == pytest.approx(120 / 400)


@pytest.mark.parametrize(("age", "per_day"), [(60, 1), (30, 2), (29, 2), (0.5, 2)])
def test_the_first_order_of_a_newcomer_does_not_make_a_big_spender(age, per_day):
    found = asked(value.FEATURES, event("ann", days_before(age), amount=60))
    assert found["revenue_per_day"] == pytest.approx(per_day)


@pytest.mark.parametrize(("nudge", "trend"), [(-1, 0.5), (0, 2)])
def test_an_order_a_year_ago_is_of_this_year_and_one_a_microsecond_older_of_the_year_before(nudge, trend):
    boundary = event("ann", days_before(365) + nudge * MICROSECOND, amount=30)
    found = asked(
        value.FEATURES, boundary, event("ann", days_before(5), amount=30), event("ann", days_before(700), amount=30)
    )
    assert found["revenue_trend_365d"] == pytest.approx(trend)


def test_orders_whose_value_nobody_told_are_left_out_of_what_is_usual():
    untold = event("ann", days_before(1))
    told = [event("ann", days_before(age), amount=10) for age in (3, 2)]
    found = asked(value.FEATURES, untold, *told)
    assert found["last_order_value"] == 10
    assert found["last_order_value_ratio"] == 1
    assert found["order_value_spread_ratio"] == 0


def test_without_an_order_of_known_value_nothing_is_said_of_its_size():
    found = asked(value.FEATURES, event("ann", days_before(1)))
    silent = ("last_order_value", "last_order_value_ratio", "order_value_spread_ratio", "largest_order_lifetime")
    assert all(math.isnan(found[name]) for name in silent)
    assert found["revenue_lifetime"] == 0
