"""How far a customer has come."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import lifecycle
from pipeline.events.event_types import (
    EMAIL_DELIVERED,
    LOGGED_IN,
    ORDER_PLACED,
    PAGE_VIEWED,
    SIGNED_UP,
    SUBSCRIPTION_STARTED,
)
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import lifecycle as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

KINDS = (ORDER_PLACED, SIGNED_UP, PAGE_VIEWED, EMAIL_DELIVERED, SUBSCRIPTION_STARTED, LOGGED_IN)
logs = st.lists(events(event_types=KINDS), min_size=1, max_size=25)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(lifecycle.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_visitor_who_signs_up_and_buys_twice():
    found = asked(
        lifecycle.FEATURES,
        event("ann", days_before(50), PAGE_VIEWED),
        event("ann", days_before(48), PAGE_VIEWED),
        event("ann", days_before(47.5), SIGNED_UP),
        event("ann", days_before(40)),
        event("ann", days_before(12)),
        event("ann", days_before(2), PAGE_VIEWED),
    )
    assert found["days_from_first_event_to_signup"] == 2.5
    assert found["days_from_signup_to_first_order"] == 7.5
    assert found["days_from_first_to_second_order"] == 28
    assert found["visits_before_first_order"] == 3
    assert found["lifecycle_stage"] == 3


@pytest.mark.parametrize(
    ("event_types", "stage"),
    [
        ((PAGE_VIEWED,), 0),
        ((SIGNED_UP,), 1),
        ((EMAIL_DELIVERED,), 1),
        ((SUBSCRIPTION_STARTED,), 1),
        ((ORDER_PLACED,), 2),
        ((SIGNED_UP, ORDER_PLACED), 2),
        ((ORDER_PLACED,) * 2, 3),
        ((ORDER_PLACED,) * 3, 3),
        ((ORDER_PLACED,) * 4, 4),
        ((ORDER_PLACED,) * 9, 4),
    ],
)
def test_a_customer_goes_from_stage_to_stage(event_types, stage):
    rows = [event("ann", days_before(20 - place), what) for place, what in enumerate(event_types)]
    assert asked(lifecycle.FEATURES, *rows)["lifecycle_stage"] == stage


@pytest.mark.parametrize(("nudge", "is_new"), [(-1, 0), (0, 1), (1, 1)])
def test_new_is_who_came_with_the_first_microsecond_of_the_30_days_or_later(nudge, is_new):
    rows = [event("ann", days_before(30) + nudge * MICROSECOND, PAGE_VIEWED), event("ann", days_before(1))]
    assert asked(lifecycle.FEATURES, *rows)["is_new_30d"] == is_new


def test_who_ordered_before_signing_up_took_less_than_no_days():
    found = asked(lifecycle.FEATURES, event("ann", days_before(9)), event("ann", days_before(4), SIGNED_UP))
    assert found["days_from_signup_to_first_order"] == -5


def test_without_an_order_nobody_knows_how_long_it_takes():
    found = asked(lifecycle.FEATURES, event("ann", days_before(4), SIGNED_UP))
    assert math.isnan(found["days_from_signup_to_first_order"])
    assert math.isnan(found["visits_before_first_order"])
    assert math.isnan(found["days_from_first_to_second_order"])
