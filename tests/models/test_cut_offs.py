from datetime import timedelta

import pytest

from models.cut_offs import mature_cut_offs, rolling_cut_offs
from tests.models.shop import utc


def test_mature_cut_offs_step_back_from_the_last_complete_outcome() -> None:
    found = mature_cut_offs(utc("2010-09-10"), timedelta(days=90), utc("2009-12-01"), most=3)
    assert found == (utc("2010-04-13"), utc("2010-05-13"), utc("2010-06-12"))


def test_a_cut_off_has_some_history_before_it() -> None:
    found = mature_cut_offs(utc("2010-09-10"), timedelta(days=90), utc("2010-04-20"))
    assert found == (utc("2010-06-12"),)


@pytest.mark.parametrize(("start", "count"), [("2010-05-13", 1), ("2010-05-14", 0)])
def test_a_cut_off_with_a_day_less_of_history_is_left_out(start: str, count: int) -> None:
    assert len(mature_cut_offs(utc("2010-09-10"), timedelta(days=90), utc(start))) == count


def test_a_rolling_backtest_has_a_full_stack_before_each_cut_off_that_it_judges_on() -> None:
    found = rolling_cut_offs(utc("2010-09-10"), timedelta(days=90), utc("2009-06-01"))
    assert found[-1] == utc("2010-06-12")
    assert [sum(earlier + timedelta(days=90) <= judged for earlier in found) for judged in found[-3:]] == [6, 7, 8]


def test_the_season_a_year_before_each_prediction_is_learned_from_where_the_log_reaches_it() -> None:
    judged = [utc("2010-06-12"), utc("2010-05-13"), utc("2010-04-13")]
    seasons = {moment - timedelta(weeks=52) for moment in (*judged, utc("2010-09-10"))}
    assert seasons <= set(rolling_cut_offs(utc("2010-09-10"), timedelta(days=90), utc("2008-01-01")))
    assert not seasons & set(rolling_cut_offs(utc("2010-09-10"), timedelta(days=90), utc("2009-06-01")))


@pytest.mark.parametrize(("days", "count"), [(119, 1), (120, 2)])
def test_a_cut_off_further_back_than_the_lookback_is_left_out(days, count):
    as_of = utc("2010-09-10")
    found = rolling_cut_offs(as_of, timedelta(days=90), utc("2008-01-01"), lookback=timedelta(days=days))
    assert found == (utc("2010-05-13"), utc("2010-06-12"))[-count:]
