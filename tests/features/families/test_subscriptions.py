"""Whether and since when a customer is subscribed."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import subscriptions
from pipeline.events.event_types import SUBSCRIPTION_CANCELLED, SUBSCRIPTION_RENEWED, SUBSCRIPTION_STARTED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments
from tests.features.oracle import subscriptions as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

KINDS = (SUBSCRIPTION_STARTED, SUBSCRIPTION_RENEWED, SUBSCRIPTION_CANCELLED)
logs = st.lists(events(event_types=KINDS), min_size=1, max_size=25)


def started(age):
    return event("ann", days_before(age), SUBSCRIPTION_STARTED, amount=12)


def renewed(age):
    return event("ann", days_before(age), SUBSCRIPTION_RENEWED, amount=10)


def cancelled(age):
    return event("ann", days_before(age), SUBSCRIPTION_CANCELLED)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments)
def test_every_column_equals_its_naive_recomputation(rows, cut_off):
    agrees(subscriptions.FEATURES, (oracle,), rows, cut_off)


def test_a_subscriber_who_left_and_came_back():
    found = asked(
        subscriptions.FEATURES, started(500), renewed(470), cancelled(450), started(100), renewed(70), renewed(40)
    )
    assert found["is_subscribed"] == 1
    assert found["subscription_age_days"] == 100
    assert found["subscription_renewals_since_start"] == 2
    assert found["subscription_renewals_lifetime"] == 3
    assert found["subscription_cancellations_per_start"] == 0.5
    assert found["subscription_value_365d"] == 32


def test_a_subscriber_who_renews_every_30_days_and_is_15_days_late():
    found = asked(subscriptions.FEATURES, started(105), renewed(75), renewed(45))
    assert found["subscription_term_mean_days"] == 30
    assert found["subscription_overdue_ratio"] == 1.5


@pytest.mark.parametrize(("nudge", "is_subscribed"), [(-1, 1), (0, 0), (1, 0)])
def test_a_cancellation_at_the_instant_of_the_start_ends_it_and_one_before_does_not(nudge, is_subscribed):
    end = event("ann", days_before(10) + nudge * MICROSECOND, SUBSCRIPTION_CANCELLED)
    found = asked(subscriptions.FEATURES, started(10), end)
    assert found["is_subscribed"] == is_subscribed
    assert math.isnan(found["subscription_age_days"]) is not bool(is_subscribed)


def test_a_renewal_without_a_known_start_is_a_subscription_of_unknown_age():
    found = asked(subscriptions.FEATURES, renewed(5))
    assert found["is_subscribed"] == 1
    assert math.isnan(found["subscription_age_days"])
    assert math.isnan(found["subscription_renewals_since_start"])


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(nudge, counted):
    row = event("ann", days_before(365) + nudge * MICROSECOND, SUBSCRIPTION_CANCELLED)
    assert asked(subscriptions.FEATURES, row)["subscription_cancellations_365d"] == counted
