"""When in the year and in the week a customer orders."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import season
from features.families.kinds import ON_SITE
from pipeline.events.event_types import ORDER_PLACED, PAGE_VIEWED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, people, zones
from tests.features.oracle import season as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import AS_OF, days_before, event

logs = st.lists(events(event_types=(ORDER_PLACED, ORDER_PLACED, *ON_SITE)), min_size=1, max_size=25)
answers = st.lists(people(), max_size=3, unique_by=lambda row: (row["customer_id"], row["received_at"]))


def born(month):
    return {"customer_id": "ann", "received_at": days_before(100), "birth_month": month}


@settings(max_examples=60)
@given(rows=logs, told=answers, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, told, cut_off, zone):
    agrees(season.FEATURES, (oracle,), rows, cut_off, zone, told)


@pytest.mark.parametrize(("age", "nudge", "month", "quarter"), [
    (365, -1, 0, 0), (365, 0, 1, 1), (335, -1, 1, 1), (335, 0, 0, 1), (275, -1, 0, 1), (275, 0, 0, 0),
])  # fmt: skip
def test_the_same_days_last_year_are_those_that_began_a_year_before_the_cut_off(age, nudge, month, quarter):
    at = days_before(age) + nudge * MICROSECOND
    found = asked(season.FEATURES, event("ann", at, amount=20), event("ann", at, PAGE_VIEWED))
    assert found["orders_same_30d_last_year"] == found["visits_same_30d_last_year"] == month
    assert found["orders_same_season_last_year"] == found["visits_same_season_last_year"] == quarter
    assert found["revenue_same_30d_last_year"] == 20 * month
    assert found["revenue_same_season_last_year"] == 20 * quarter


def test_a_customer_who_comes_back_every_march():
    found = asked(season.FEATURES, *(event("ann", days_before(age)) for age in (1090, 725, 360, 100)))
    assert found["orders_same_30d_three_years"] == 3
    assert found["same_season_order_share"] == 0.75


def test_a_customer_who_buys_presents():
    found = asked(
        season.FEATURES,
        event("ann", datetime(2025, 9, 30, 12, tzinfo=UTC), amount=10),
        event("ann", datetime(2025, 10, 1, 12, tzinfo=UTC), amount=30),
        event("ann", datetime(2026, 1, 1, 12, tzinfo=UTC), amount=20),
    )
    assert found["gift_season_revenue_share"] == 0.5
    assert found["days_since_last_gift_season_order"] == 150.5


@pytest.mark.parametrize(("month", "days", "soon"), [(3, 0, 1), (4, 31, 0), (2, 337, 0), (1, 306, 0)])
def test_a_birthday_is_as_far_as_the_start_of_its_month(month, days, soon):
    found = asked(season.FEATURES, event("ann", days_before(1)), answers=[born(month)])
    assert found["days_to_birthday"] == days
    assert found["birthday_within_30d"] == soon


@pytest.mark.parametrize(("as_of", "soon"), [
    (datetime(2026, 3, 2, tzinfo=UTC), 0), (datetime(2026, 3, 2, 0, 0, 0, 1, tzinfo=UTC), 1),
])  # fmt: skip
def test_a_birthday_is_near_when_its_month_begins_in_less_than_thirty_days(as_of, soon):
    found = asked(season.FEATURES, event("ann", AS_OF), as_of=as_of, answers=[born(4)])
    assert found["birthday_within_30d"] == soon


def test_nothing_is_said_of_a_birthday_that_nobody_told():
    found = asked(season.FEATURES, event("ann", days_before(1)))
    assert math.isnan(found["days_to_birthday"])
    assert math.isnan(found["birthday_within_30d"])
