"""What a customer does with text messages and push notifications."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import planned
from features.families import messages
from pipeline.events.event_types import ORDER_PLACED, PUSH_DELIVERED, PUSH_OPENED, SMS_CLICKED, SMS_DELIVERED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, SHOP, events, moments, zones
from tests.features.oracle import messages as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

KINDS = (SMS_DELIVERED, SMS_CLICKED, PUSH_DELIVERED, PUSH_OPENED)
logs = st.lists(events(event_types=KINDS), min_size=1, max_size=25)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(messages.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_who_clicks_in_text_messages_and_leaves_notifications_unread():
    found = asked(
        messages.FEATURES,
        *(event("ann", days_before(age), SMS_DELIVERED) for age in (100, 50, 20, 3)),
        event("ann", days_before(50), SMS_CLICKED),
        event("ann", days_before(19), SMS_CLICKED),
        event("ann", days_before(8), PUSH_DELIVERED),
        event("ann", days_before(7), PUSH_DELIVERED),
    )
    assert found["sms_delivered_90d"] == 3
    assert found["sms_click_rate_365d"] == 0.5
    assert found["sms_since_last_click"] == 1
    assert found["days_since_last_sms_click"] == 19
    assert found["push_open_rate_365d"] == 0
    assert found["push_since_last_open"] == 2
    assert math.isnan(found["days_since_last_push_open"])


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_notification_counts_from_the_first_microsecond_of_a_window(nudge, counted):
    found = asked(messages.FEATURES, event("ann", days_before(30) + nudge * MICROSECOND, PUSH_DELIVERED))
    assert found["push_delivered_30d"] == counted
    assert found["push_delivered_90d"] == 1


def test_a_shop_that_sends_notifications_alone_has_no_column_of_text_messages():
    shop = replace(SHOP, event_types=(ORDER_PLACED, PUSH_DELIVERED, PUSH_OPENED))
    names = {column.name for column in planned(shop, messages.FEATURES).described}
    assert len(names) == 10
    assert all("push" in name for name in names)


def test_a_shop_that_cannot_tell_openings_is_not_said_to_have_none():
    shop = replace(SHOP, event_types=(PUSH_DELIVERED,))
    names = {column.name for column in planned(shop, messages.FEATURES).described}
    assert names == {"push_delivered_30d", "push_delivered_90d", "push_delivered_365d", "days_since_last_push"}
