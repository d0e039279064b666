"""What a customer does with the shop's e-mails."""

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import emails
from pipeline.events.event_types import (
    EMAIL_BOUNCED,
    EMAIL_CLICKED,
    EMAIL_COMPLAINED,
    EMAIL_DELIVERED,
    EMAIL_FORWARDED,
    EMAIL_OPENED,
    EMAIL_UNSUBSCRIBED,
    ORDER_PLACED,
)
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import emails as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

OFTEN = (EMAIL_DELIVERED, EMAIL_OPENED, EMAIL_CLICKED)
SELDOM = (EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_UNSUBSCRIBED, EMAIL_FORWARDED, ORDER_PLACED)
logs = st.lists(events(event_types=(*OFTEN, *OFTEN, *SELDOM)), min_size=1, max_size=25)


def mail(age, campaign=None, event_type=EMAIL_DELIVERED):
    return event("ann", days_before(age), event_type, campaign_id=campaign)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(emails.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_reader_who_has_stopped_reading():
    found = asked(
        emails.FEATURES,
        *(mail(age, f"letter {age}") for age in (150, 140, 60, 50, 40, 30, 20, 10)),
        mail(149, "letter 150", EMAIL_OPENED),
        mail(139, "letter 140", EMAIL_OPENED),
        mail(139, "letter 140", EMAIL_CLICKED),
        mail(39, "letter 40", EMAIL_OPENED),
    )
    assert found["emails_delivered_90d"] == 6
    assert found["email_open_rate_90d"] == pytest.approx(1 / 6)
    assert found["email_open_rate_trend_90d"] == pytest.approx(1 / 6)
    assert found["email_click_to_open_rate_365d"] == pytest.approx(1 / 3)
    assert math.isnan(found["email_click_to_open_rate_30d"])
    assert found["last_five_emails_opened_share"] == pytest.approx(1 / 5)
    assert found["last_five_emails_clicked_share"] == 0
    assert found["emails_since_last_open"] == 3
    assert found["days_since_last_email_click"] == 139


def test_an_opening_belongs_to_the_mail_of_its_campaign_however_late_it_comes():
    found = asked(
        emails.FEATURES,
        mail(30, "spring"),
        mail(20, "summer"),
        mail(10, "autumn"),
        mail(5, "spring", EMAIL_OPENED),
        mail(10, "autumn", EMAIL_OPENED),
        mail(25, "summer", EMAIL_OPENED),
    )
    assert found["last_five_emails_opened_share"] == pytest.approx(2 / 3)


def test_a_mail_without_a_campaign_is_none_of_the_last_five():
    found = asked(emails.FEATURES, mail(3), mail(2, None, EMAIL_OPENED))
    assert math.isnan(found["last_five_emails_opened_share"])
    assert found["email_open_rate_30d"] == 1


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 1), (0, 1), (1, 0)])
def test_an_order_belongs_to_a_click_for_three_days_to_the_microsecond(nudge, counted):
    clicked = days_before(20)
    found = asked(
        emails.FEATURES,
        event("ann", clicked, EMAIL_CLICKED),
        event("ann", clicked + timedelta(days=3) + nudge * MICROSECOND),
    )
    assert found["email_clicks_before_order_365d"] == counted
    assert found["email_clicks_before_order_share_365d"] == counted


@pytest.mark.parametrize(("nudge", "share"), [(-1, 0.5), (0, 1), (1, 1)])
def test_a_click_of_the_last_three_days_may_still_bring_an_order(nudge, share):
    found = asked(
        emails.FEATURES,
        mail(100, None, EMAIL_CLICKED),
        event("ann", days_before(99)),
        event("ann", days_before(3) + nudge * MICROSECOND, EMAIL_CLICKED),
    )
    assert found["email_clicks_before_order_365d"] == 1
    assert found["email_clicks_before_order_share_365d"] == share


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_bounce_counts_from_the_first_microsecond_of_the_year(nudge, counted):
    bounced = event("ann", days_before(365) + nudge * MICROSECOND, EMAIL_BOUNCED)
    found = asked(emails.FEATURES, bounced, mail(40, None, EMAIL_UNSUBSCRIBED))
    assert found["email_bounces_365d"] == counted
    assert found["email_bounces_lifetime"] == 1
    assert found["days_since_last_email_unsubscribe"] == 40
