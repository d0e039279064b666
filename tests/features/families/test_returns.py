"""What a customer gives back."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import returns
from pipeline.events.event_types import ORDER_PLACED, ORDER_REFUNDED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import returns as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ORDER_PLACED, ORDER_REFUNDED)), min_size=1, max_size=25)


def order(age, amount=100):
    return event("ann", days_before(age), amount=amount)


def refund(age, amount=25, nudge=0):
    return event("ann", days_before(age) + nudge * MICROSECOND, ORDER_REFUNDED, amount=amount)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(returns.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_who_gave_half_an_order_back_and_came_again():
    found = asked(returns.FEATURES, order(500), refund(495, 50), order(100), order(20))
    assert found["refund_share_lifetime"] == pytest.approx(50 / 300)
    assert found["refund_share_365d"] == 0
    assert found["refunds_per_order_lifetime"] == pytest.approx(1 / 3)
    assert found["soon_refunded_order_share"] == pytest.approx(1 / 3)
    assert found["orders_since_last_refund"] == 2


def test_a_customer_who_gave_something_back_and_stayed_away():
    found = asked(returns.FEATURES, order(60), order(50), refund(40))
    assert found["orders_since_last_refund"] == 0
    assert found["soon_refunded_order_share"] == 1


def test_a_customer_who_never_gave_anything_back():
    found = asked(returns.FEATURES, order(60))
    assert found["refunds_lifetime"] == found["refunds_per_order_lifetime"] == 0
    assert math.isnan(found["orders_since_last_refund"])


@pytest.mark.parametrize(("nudge", "soon"), [(-1, 1), (0, 1), (1, 0)])
def test_soon_is_within_thirty_days_to_the_microsecond(nudge, soon):
    assert asked(returns.FEATURES, order(50), refund(20, nudge=nudge))["soon_refunded_order_share"] == soon


@pytest.mark.parametrize(("nudge", "since"), [(-1, 1), (0, 0), (1, 0)])
def test_an_order_at_the_instant_of_a_refund_did_not_come_after_it(nudge, since):
    assert asked(returns.FEATURES, order(20), refund(20, nudge=nudge))["orders_since_last_refund"] == since
