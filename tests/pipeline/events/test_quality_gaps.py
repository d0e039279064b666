"""What is called a gap of the tracker, and what is not."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.gaps import EVERY_TYPE, HALVED, SILENT
from pipeline.events.quality.tracking import DailyCounts, find_gaps

FIRST = date(2024, 1, 1)
DAYS = 420
DAY = np.arange(DAYS)
WEEKLY = np.array([1.1, 1.0, 1.0, 1.0, 1.2, 0.9, 0.8])[DAY % 7]


def poisson(level, seed=1):
    return np.random.default_rng(seed).poisson(level * np.ones(DAYS)).astype(float)


def thinned(series, start, days, share, seed=2):
    planted = series.copy()
    there = planted[start : start + days].astype(int)
    planted[start : start + days] = np.random.default_rng(seed).binomial(there, share)
    return planted


def found(**series):
    """Each gap as its event type, kind, first day and number of days; None while it lasts."""
    counts = DailyCounts(FIRST, "Europe/London", {"other": poisson(40, 9), **series})
    return [(gap.event_type, gap.kind, *position(gap, counts)) for gap in find_gaps(counts)]


def position(gap, counts):
    start = next(day for day in range(DAYS) if counts.midnight(day) == gap.started_at)
    if gap.ended_at is None:
        return start, None
    return start, next(day for day in range(DAYS + 1) if counts.midnight(day) == gap.ended_at) - start


def test_a_frequent_type_that_is_silent_for_a_day_is_a_gap():
    assert found(viewed=thinned(poisson(100 * WEEKLY), 200, 1, 0)) == [("viewed", SILENT, 200, 1)]


def test_a_gap_at_the_end_lasts():
    assert found(viewed=thinned(poisson(100 * WEEKLY), DAYS - 3, 3, 0)) == [("viewed", SILENT, DAYS - 3, None)]


def test_five_halved_days_are_a_gap():
    [(event_type, kind, start, days)] = found(viewed=thinned(poisson(200 * WEEKLY), 200, 5, 0.5))
    assert (event_type, kind) == ("viewed", HALVED)
    assert abs(start - 200) <= 1
    assert abs(days - 5) <= 1


def test_what_stays_halved_is_the_new_level_after_eight_weeks():
    assert found(viewed=thinned(poisson(500 * WEEKLY), 200, DAYS, 0.4)) == [("viewed", HALVED, 200, 56)]


def test_a_silence_of_all_types_is_one_gap():
    series = {name: thinned(poisson(60, seed), 250, 2, 0) for seed, name in enumerate(("other", "viewed", "ordered"))}
    assert found(**series) == [(EVERY_TYPE, SILENT, 250, 2)]


def test_a_gap_does_not_teach_that_nothing_is_usual():
    long = thinned(poisson(100), 150, 70, 0)
    assert found(viewed=thinned(long, 300, 2, 0)) == [("viewed", SILENT, 150, 70), ("viewed", SILENT, 300, 2)]


def test_a_midnight_is_that_of_the_shops_calendar():
    counts = DailyCounts(FIRST, "Europe/London", {})
    summer = (date(2024, 7, 1) - FIRST).days
    assert counts.midnight(summer).isoformat() == "2024-06-30T23:00:00+00:00"


def mailings(every):
    """Many e-mails on one day, and none for weeks."""
    return np.where(DAY % every == 0, poisson(2000), 0.0)


CHRISTMAS = 1 + 2 * np.exp(-(((DAY - 350) / 12.0) ** 2))
SALE = np.where(DAY % 45 < 6, 3.0, 1.0)
NATURAL = {
    "steady": 100 * WEEKLY,
    "rare": np.full(DAYS, 0.3),
    "seldom": np.full(DAYS, 4.0),
    "Christmas": 300 * WEEKLY * CHRISTMAS,
    "fading": 500 * WEEKLY * np.exp(-DAY / 120),
    "growing": 50 * WEEKLY * np.exp(DAY / 200),
    "seasonal": 150 * WEEKLY * (1 + 0.6 * np.sin(DAY / 58)),
    "sales": 200 * WEEKLY * SALE,
    "closed on weekends": np.where(DAY % 7 >= 5, 0.0, 80.0),
}


@pytest.mark.parametrize("name", NATURAL)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, derandomize=True)
def test_what_comes_and_goes_by_itself_is_no_gap(name, seed):
    assert found(viewed=poisson(NATURAL[name], seed)) == []


@pytest.mark.parametrize("every", [7, 10, 21])
def test_the_weeks_between_two_mailings_are_no_gap(every):
    assert found(email_delivered=mailings(every)) == []


def test_mailings_that_stop_for_far_longer_than_ever_are_a_gap():
    stopped = np.where(DAY < 260, mailings(21), 0.0)
    [(event_type, kind, _, days)] = found(email_delivered=stopped)
    assert (event_type, kind, days) == ("email_delivered", SILENT, None)


def test_a_type_that_has_just_begun_is_not_judged():
    begun = np.where(DAY >= DAYS - 20, poisson(100), 0.0)
    assert found(viewed=thinned(begun, DAYS - 5, 2, 0)) == []


@given(start=st.integers(100, DAYS - 10), days=st.integers(1, 8), seed=st.integers(0, 10_000))
@settings(max_examples=25, derandomize=True)
def test_any_silence_of_a_frequent_type_is_found_where_it_is(start, days, seed):
    lasts = None if start + days == DAYS else days
    assert found(viewed=thinned(poisson(100 * WEEKLY, seed), start, days, 0)) == [("viewed", SILENT, start, lasts)]


def test_nothing_is_found_in_a_log_of_a_week():
    counts = DailyCounts(FIRST, "UTC", {"viewed": np.array([5.0, 0, 0, 9, 100, 0, 0])})
    assert find_gaps(counts) == ()
    assert find_gaps(DailyCounts(FIRST, "UTC", {})) == ()
