from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.shop.calendar import Calendar
from pipeline.shop.campaigns import OFFER_DAYS, plan_mailings
from pipeline.shop.clock import Clock, tick, wind
from pipeline.shop.population import GROUPS, draw_population

CALENDAR = Calendar(datetime(2023, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
MAILINGS = plan_mailings(CALENDAR)
TICKS = tick(CALENDAR, MAILINGS)
CAMPAIGNS = len(MAILINGS.starts)
UNFADING = np.array([np.isinf(group.fade_days) for group in GROUPS])


@pytest.fixture(scope="module")
def clock() -> Clock:
    people = draw_population(np.random.default_rng(1), CALENDAR, 300)
    treated = np.random.default_rng(2).random((300, CAMPAIGNS + 1)) < 0.5
    treated[:, 0] = False
    return wind(TICKS, people, treated)


def untreated(clock: Clock) -> Clock:
    return replace(clock, treated=np.zeros_like(clock.treated), earned=np.zeros_like(clock.earned))


def test_own_time_and_the_calendar_invert_each_other(clock: Clock) -> None:
    who = np.repeat(np.arange(300), 5)
    days = np.random.default_rng(3).uniform(0, CALENDAR.end_days, len(who))
    np.testing.assert_allclose(clock.calendar(who, clock.own(who, days)), days, rtol=1e-6)


def test_own_time_never_stands_still(clock: Clock) -> None:
    who = np.repeat(np.arange(300), 24 * 700).reshape(300, -1)
    own = clock.own(who, np.arange(24 * 700)[np.newaxis, :] / 24)
    assert (np.diff(own, axis=1) > 0).all()


def test_own_time_beyond_the_end_is_never_reached(clock: Clock) -> None:
    assert np.isinf(clock.calendar(np.array([0, 1]), np.array([1e9, 1e9]))).all()


def test_an_ordinary_year_gains_a_year_however_much_one_waits_for_sales(clock: Clock) -> None:
    who = np.flatnonzero(UNFADING[clock.group])
    calm = untreated(clock)
    gained = calm.own(who, np.full(len(who), 366 + 365)) - calm.own(who, np.full(len(who), 366))
    np.testing.assert_allclose(gained, 365, rtol=0.04)


def test_those_who_wait_for_sales_live_faster_in_them_and_slower_between(clock: Clock) -> None:
    sale, between = CALENDAR.days(datetime(2023, 7, 28, tzinfo=UTC)), CALENDAR.days(datetime(2023, 6, 5, tzinfo=UTC))
    keen = replace(untreated(clock), dependence=np.full(300, 0.9), group=np.zeros(300, np.int64))
    free = replace(keen, dependence=np.zeros(300))
    pace = [
        float(each.own(np.array([0]), np.array([day + 7]))[0] - each.own(np.array([0]), np.array([day]))[0])
        for each in (keen, free)
        for day in (sale, between)
    ]
    assert pace[0] > 2 * pace[2]
    assert pace[1] < 0.5 * pace[3]


def test_an_offer_adds_its_gain_within_its_days_and_nothing_after(clock: Clock) -> None:
    who, start = np.arange(300), MAILINGS.starts[9]
    calm, mailed = untreated(clock), np.zeros_like(clock.treated)
    mailed[:, 10] = True
    whole = np.where(mailed, TICKS.whole[clock.group], 0.0)
    offered = replace(calm, treated=mailed, earned=np.cumsum(whole, axis=1) - whole)
    for days, share in ((0, 0), (OFFER_DAYS, 1), (OFFER_DAYS + 40, 1)):
        at = np.full(300, start + days)
        added = offered.own(who, at) - calm.own(who, at)
        np.testing.assert_allclose(added, share * offered.offer_gain(who, 10), rtol=1e-4, atol=1e-6)


def test_a_fading_interest_gains_less_each_year(clock: Clock) -> None:
    who = np.flatnonzero(~UNFADING[clock.group])
    years = [untreated(clock).own(who, np.full(len(who), day)) for day in (0.0, 365.0, 730.0, 1095.0)]
    first, second, third = np.diff(np.stack(years), axis=0)
    assert (first > 5 * second).all()
    assert (second > 5 * third).all()
