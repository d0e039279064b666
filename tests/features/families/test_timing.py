"""At which hours and on which days a customer is there."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from features.families import timing
from features.families.kinds import ON_SITE
from pipeline.events.event_types import EMAIL_OPENED, ORDER_PLACED, PAGE_VIEWED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, zones
from tests.features.oracle import timing as oracle
from tests.features.oracle.agreement import agrees
from tests.features.trails import ends, logs_and_trails
from tests.rows import event

TIMING_TYPES = (*ON_SITE, *[ORDER_PLACED] * 6, *[EMAIL_OPENED] * 3)  # as many orders as there are visits
logs = logs_and_trails(TIMING_TYPES)
MONDAY, SATURDAY = 9, 14  # of February 2026


def at(day, hour, minute=0, event_type=PAGE_VIEWED):
    return event("ann", datetime(2026, 2, day, hour, minute, tzinfo=UTC), event_type)


@settings(max_examples=60)
@given(rows=logs, cut_off=ends, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(timing.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_of_lunch_breaks_and_weekends():
    found = asked(timing.FEATURES, at(MONDAY, 12, 5), at(MONDAY, 12, 20), at(SATURDAY, 12), at(SATURDAY, 22))
    assert found["usual_visit_hour"] == 12
    assert found["usual_visit_weekday"] == 5
    assert found["afternoon_visit_share"] == pytest.approx(2 / 3)
    assert found["evening_visit_share"] == pytest.approx(1 / 3)
    assert found["weekend_visit_share"] == pytest.approx(2 / 3)
    assert found["visit_hour_concentration"] == pytest.approx(5 / 9)


def test_the_earliest_of_several_usual_hours_and_weekdays_is_told():
    found = asked(timing.FEATURES, at(SATURDAY, 9, event_type=ORDER_PLACED), at(MONDAY, 21, event_type=ORDER_PLACED))
    assert found["usual_order_hour"] == 9
    assert found["usual_order_weekday"] == 0
    assert found["order_weekday_concentration"] == 0.5


@pytest.mark.parametrize(
    ("hour", "before", "after"),
    [
        (0, "evening", "night"),
        (6, "night", "morning"),
        (12, "morning", "afternoon"),
        (18, "afternoon", "evening"),
    ],
)
def test_a_part_of_the_day_begins_on_the_hour(hour, before, after):
    sharp = at(MONDAY, hour, event_type=ORDER_PLACED)
    just_before = {**sharp, "occurred_at": sharp["occurred_at"] - MICROSECOND}
    assert asked(timing.FEATURES, sharp)[f"{after}_order_share"] == 1
    assert asked(timing.FEATURES, just_before)[f"{before}_order_share"] == 1


def test_the_clock_is_the_shops_own():
    opened = at(MONDAY, 23, 30, EMAIL_OPENED)
    assert asked(timing.FEATURES, opened)["usual_email_open_hour"] == 23
    assert asked(timing.FEATURES, opened, zone="Europe/Berlin")["usual_email_open_hour"] == 0


def test_who_never_came_has_no_habits():
    found = asked(timing.FEATURES, at(MONDAY, 12, event_type=ORDER_PLACED))
    assert found["afternoon_order_share"] == 1
    assert math.isnan(found["usual_visit_hour"])
    assert math.isnan(found["afternoon_visit_share"])
