"""Where a customer meets the shop."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import planned
from features.families import channels
from pipeline.events.event_types import (
    AD_CLICKED,
    EMAIL_CLICKED,
    EMAIL_DELIVERED,
    EMAIL_OPENED,
    ORDER_PLACED,
    ORDER_REFUNDED,
    PAGE_VIEWED,
    PUSH_OPENED,
    SMS_CLICKED,
    SUPPORT_CONTACTED,
)
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, SHOP, events, moments, zones
from tests.features.oracle import channels as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

KINDS = (ORDER_PLACED, ORDER_PLACED, PAGE_VIEWED, PAGE_VIEWED, EMAIL_OPENED, EMAIL_CLICKED, SUPPORT_CONTACTED)
logs = st.lists(events(event_types=KINDS), min_size=1, max_size=25)


def page(age, channel):
    return event("ann", days_before(age), PAGE_VIEWED, channel=channel)


def order(age, channel):
    return event("ann", days_before(age), channel=channel)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(channels.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_who_looks_on_the_web_and_buys_in_the_store():
    found = asked(
        channels.FEATURES,
        order(200, "web"),
        page(100, "web"),
        order(98, "store"),
        page(40, "web"),
        page(20, "app"),
        page(19.5, "web"),
        order(19, "store"),
        event("ann", days_before(10), EMAIL_DELIVERED, channel="email"),
    )
    assert found["order_channel_share_web_lifetime"] == pytest.approx(1 / 3)
    assert found["order_channel_share_other_lifetime"] == pytest.approx(2 / 3)
    assert found["visit_channel_share_app_365d"] == 0.25
    assert (found["first_order_channel_web"], found["first_order_channel_other"]) == (1, 0)
    assert (found["last_order_channel_web"], found["last_order_channel_other"]) == (0, 1)
    assert (found["channels_used_90d"], found["channels_used_365d"]) == (3, 3)
    assert found["visits_before_order_elsewhere_365d"] == 3


@pytest.mark.parametrize(
    ("event_type", "used"),
    [
        (PAGE_VIEWED, 1),
        (ORDER_PLACED, 1),
        (EMAIL_OPENED, 1),
        (EMAIL_CLICKED, 1),
        (SMS_CLICKED, 1),
        (PUSH_OPENED, 1),
        (AD_CLICKED, 1),
        (SUPPORT_CONTACTED, 1),
        (EMAIL_DELIVERED, 0),
        (ORDER_REFUNDED, 0),
    ],
)
def test_what_merely_happens_to_a_customer_is_no_use_of_a_channel(event_type, used):
    found = asked(channels.FEATURES, event("ann", days_before(2), event_type, channel="email"), order(300, "web"))
    assert found["channels_used_90d"] == used


def test_a_day_in_web_and_store_counts_two_channels_and_the_next_day_one():
    found = asked(channels.FEATURES, page(1.9, "web"), order(1.1, "store"), page(0.9, "web"), page(0.5, None))
    assert found["channels_per_day_365d"] == 1.5


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 1), (0, 1), (1, 0)])
def test_a_visit_leads_to_an_order_elsewhere_for_seven_days_to_the_microsecond(nudge, counted):
    later = days_before(30) + timedelta(days=7) + nudge * MICROSECOND
    found = asked(channels.FEATURES, page(30, "web"), event("ann", later, channel="app"))
    assert found["visits_before_order_elsewhere_365d"] == counted


def test_an_order_in_the_channel_of_the_visit_is_not_elsewhere():
    found = asked(channels.FEATURES, page(30, "web"), order(29, "web"), page(20, "kiosk"), order(19, "store"))
    assert found["visits_before_order_elsewhere_365d"] == 0


def test_a_customer_whose_channels_nobody_logged_has_no_share_of_any():
    found = asked(channels.FEATURES, order(3, None))
    assert math.isnan(found["order_channel_share_web_lifetime"])
    assert math.isnan(found["last_order_channel_other"])
    assert math.isnan(found["channels_per_day_365d"])


def test_a_shop_that_logs_no_channels_has_no_column_of_them():
    assert planned(replace(SHOP, terms={}), channels.FEATURES).described == ()
