import json
from datetime import timedelta

import numpy as np
import pytest

from features.matrix import utc_us
from models.orders.btyd_fit import Histories
from models.orders.next_order import NextOrder, fit_next_order, judge, own_gap_wait
from models.orders.waiting import Waiting
from tests.models.ordering import lives, matrix
from tests.models.orders.test_waiting import drawn, followed
from tests.models.shop import AS_OF, matrix_of

HABIT = Waiting(p=4.0, q=3.0, gamma_days=30.0, a=0.5, b=2.0)
KNOWN = NextOrder(HABIT, HABIT)


def seen(of):
    return matrix(of.repeats, of.last, of.age)


@pytest.fixture(scope="module")
def judged():
    people = lives(3000, youngest=240, oldest=720)
    fitted = fit_next_order(seen(people.history(240)), *followed(people.wait_since(240), 120))
    return judge(fitted, seen(people.history(120)), people.wait_since(120), np.full(len(people.age), 120.0))


def test_eight_of_ten_orders_fall_into_the_interval(judged):
    assert judged["coverage"] == pytest.approx(0.8, abs=0.03)
    assert judged["returned_share_predicted"] == pytest.approx(judged["returned_share"], abs=0.03)
    assert judged["returned_of_expected_share"] > 0.6


def test_it_is_nearer_than_the_last_order_plus_the_mean_gap(judged):
    assert judged["same_median_error_days"] < judged["rule_median_error_days"]


def test_a_rhythm_makes_a_narrow_interval():
    """Both kinds of customers order every 60 days on average, one at random and one like clockwork."""
    random, rhythm = (Waiting(p, q=3.0, gamma_days=120 / p, a=0.5, b=4.0) for p in (1.0, 30.0))
    wide, narrow = (_figures_of(habit) for habit in (random, rhythm))
    assert narrow["median_interval_days"] < 0.6 * wide["median_interval_days"]
    assert narrow["coverage"] == pytest.approx(0.8, abs=0.05)
    assert wide["coverage"] == pytest.approx(0.8, abs=0.05)


def _figures_of(habit):
    (past, wait), (now, came) = drawn(1600, habit), drawn(1600, habit, seed=1)
    return judge(fit_next_order(seen(past), *followed(wait, 120)), seen(now), *followed(came, 120))


def test_a_moment_lies_in_its_interval_and_ahead():
    told = KNOWN.predict(matrix([0, 3], [0, 90], [5, 100]))
    now = utc_us(AS_OF)
    assert ((now <= told.low) & (told.low < told.at) & (told.at < told.high)).all()
    assert (told.high <= now + np.timedelta64(180, "D")).all()


def test_who_is_not_expected_back_and_who_never_ordered_are_told_nothing():
    silent = {"order_days_lifetime": 20.0, "days_since_first_order": 900.0, "days_since_last_order": 500.0}
    lively = {**silent, "days_since_last_order": 10.0}
    told = KNOWN.predict(matrix_of([silent, lively, {"order_days_lifetime": 0.0}], columns=matrix([], [], []).features))
    for moments in (told.at, told.low, told.high):
        assert np.isnat(moments).tolist() == [True, False, True]


def test_a_kind_of_buyer_of_whom_little_is_known_is_told_nothing():
    told = NextOrder(None, HABIT).predict(matrix([0, 3], [0, 90], [5, 100]))
    assert np.isnat(told.at).tolist() == [True, False]
    assert np.isnat(NextOrder(None, None).predict(matrix([0, 3], [0, 90], [5, 100])).at).all()


def test_a_shop_without_orders_is_told_nothing():
    none = matrix_of([{}] * 3, columns=())
    fitted = fit_next_order(none, np.full(3, np.nan), np.full(3, 90.0))
    assert (fitted.one_time, fitted.repeat) == (None, None)
    assert np.isnat(fitted.predict(none).at).all()


def test_nobody_to_judge_gives_figures_of_nobody():
    figures = judge(NextOrder(None, None), matrix([0, 3], [0, 90], [5, 100]), np.array([1.0, 2]), np.array([90.0, 90]))
    assert figures["expected_share"] == 0
    assert np.isnan(figures["coverage"])


def test_orders_after_the_bound_do_not_count_as_having_come():
    known = matrix([3, 3], [90, 90], [100, 100])
    figures = judge(NextOrder(HABIT, HABIT, within_days=30), known, np.array([29.0, 31.0]), np.array([90.0, 90.0]))
    assert (figures["within_days"], figures["returned_share"]) == (30, 0.5)


def test_the_simple_rule_adds_the_mean_gap_to_the_last_order():
    """Two repeats 60 days after the first order make a gap of 30; the last order was 20 days ago, then 40."""
    known = Histories(np.array([2.0, 2.0, 0.0]), np.array([60.0, 60.0, 0.0]), np.array([80.0, 100.0, 10.0]))
    assert own_gap_wait(known) == pytest.approx([10, -10, np.nan], nan_ok=True)


@pytest.mark.parametrize("fitted", [KNOWN, NextOrder(None, HABIT, 90)])
def test_it_is_the_same_after_being_told_as_plain_values(fitted):
    assert NextOrder.from_dict(json.loads(json.dumps(fitted.as_dict()))) == fitted


def test_each_row_is_told_as_of_its_own_moment():
    one = matrix([3], [90], [100])
    later = type(one)(one.customer_id, one.as_of + np.timedelta64(7, "D"), one.features, one.values)
    assert KNOWN.predict(later).at - KNOWN.predict(one).at == [timedelta(days=7)]
