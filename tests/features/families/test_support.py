"""How often a customer needs help."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import support
from pipeline.events.event_types import ORDER_PLACED, SUPPORT_CONTACTED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments
from tests.features.oracle import support as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ORDER_PLACED, SUPPORT_CONTACTED)), min_size=1, max_size=25)


def contact(age, seconds=None):
    return event("ann", days_before(age), SUPPORT_CONTACTED, duration_seconds=seconds)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments)
def test_every_column_equals_its_naive_recomputation(rows, cut_off):
    agrees(support.FEATURES, (oracle,), rows, cut_off)


def test_two_orders_of_which_one_led_to_two_calls():
    found = asked(
        support.FEATURES,
        event("ann", days_before(300)),
        event("ann", days_before(60)),
        contact(58, seconds=120),
        contact(50, seconds=300),
        contact(2),
    )
    assert found["helped_order_share_365d"] == 0.5
    assert found["support_contacts_per_order_365d"] == 1.5
    assert found["support_seconds_365d"] == 420
    assert found["mean_support_seconds_365d"] == 210
    assert found["support_contacts_since_last_order"] == 3
    assert found["days_since_last_support_contact"] == 2


@pytest.mark.parametrize(("nudge", "share"), [(-1, 1), (0, 1), (1, 0)])
def test_help_up_to_14_days_after_an_order_goes_with_it(nudge, share):
    late = event("ann", days_before(6) + nudge * MICROSECOND, SUPPORT_CONTACTED)
    assert asked(support.FEATURES, event("ann", days_before(20)), late)["helped_order_share_lifetime"] == share


@pytest.mark.parametrize(("nudge", "trend"), [(-1, 0.5), (0, 2)])
def test_a_contact_90_days_ago_is_of_the_last_90_days_and_one_a_microsecond_older_of_those_before(nudge, trend):
    edge = event("ann", days_before(90) + nudge * MICROSECOND, SUPPORT_CONTACTED)
    assert asked(support.FEATURES, contact(150), edge, contact(1))["support_trend_90d"] == trend


def test_who_only_asks_and_never_orders_has_no_share_of_orders():
    found = asked(support.FEATURES, contact(4))
    assert found["support_contacts_since_last_order"] == 1
    assert math.isnan(found["support_contacts_per_order_365d"])
    assert math.isnan(found["helped_order_share_lifetime"])
