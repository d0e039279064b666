from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.orders.btyd import READ, Btyd, fit_btyd
from tests.models.ordering import LIVELY, lives, matrix
from tests.models.shop import matrix_of

CDNOW = Path(__file__).parents[4] / "shared" / "data" / "cdnow" / "CDNOW_master.txt"
CUT, END = date(1997, 10, 1), date(1998, 7, 1)

FEW = matrix([0, 0, 1, 4, 40, 300], [0, 0, 20, 90, 390, 395], [1, 200, 400, 100, 400, 400])


def seen(of):
    return matrix(of.repeats, of.last, of.age)


@pytest.mark.parametrize("horizon", [30, 180])
def test_expected_orders_and_the_chance_of_any_are_those_of_what_then_came(horizon):
    people = lives(40_000, youngest=180, oldest=540)
    known, came = seen(people.history(ago=180)), people.orders_since(180, horizon)
    expected, chance = LIVELY.expected_orders(known, horizon), LIVELY.chance_of_any(known, horizon)
    assert expected.sum() == pytest.approx(came.sum(), rel=0.03)
    assert chance.mean() == pytest.approx((came > 0).mean(), rel=0.03)
    for tenth in np.array_split(np.argsort(chance), 10):
        assert chance[tenth].mean() == pytest.approx((came[tenth] > 0).mean(), abs=0.025)


def test_over_a_moment_the_chance_of_any_order_is_the_number_expected():
    assert LIVELY.chance_of_any(FEW, 1e-3) == pytest.approx(LIVELY.expected_orders(FEW, 1e-3), rel=1e-3)


def test_more_time_brings_more_orders_and_never_more_chance_than_being_there():
    horizons = (1, 30, 90, 365, 3650)
    orders, chances = (
        np.diff([of(FEW, days) for days in horizons], axis=0) for of in (LIVELY.expected_orders, LIVELY.chance_of_any)
    )
    assert (orders > 0).all()
    assert (chances >= 0).all()
    assert (LIVELY.chance_of_any(FEW, 30) < LIVELY.chance_of_any(FEW, 90)).all()
    assert (LIVELY.chance_of_any(FEW, 1e9) <= LIVELY.alive(FEW)).all()


def test_who_ordered_once_has_not_left_and_who_fell_silent_may_have():
    once, silent, lately = LIVELY.alive(matrix([0, 5, 5], [0, 50, 395], [400, 400, 400]))
    assert once == 1
    assert silent < 0.05
    assert lately > 0.9


@pytest.mark.parametrize("a", [0.02, 1.0, 8.0])
@pytest.mark.parametrize("r", [0.1, 3.0, 5000.0])
def test_expected_orders_are_the_mean_over_all_chances_of_leaving(r, a):
    """The integral that equation 10 solves, by many draws of the chance; at a = 1 the closed form divides by zero."""
    model = Btyd(r, r * 30, a, 2.0)
    chances = np.random.default_rng(0).beta(a, 2.0 + 300, 200_000)
    age, horizon = 400.0, 365.0
    if_there = -np.expm1(-(r + 300) * np.log1p(chances * horizon / (r * 30 + age))) / np.maximum(chances, 1e-300)
    if_there[chances < 1e-15] = (r + 300) * horizon / (r * 30 + age)
    assert model.expected_orders(FEW, horizon)[5] == pytest.approx(model.alive(FEW)[5] * if_there.mean(), rel=0.01)


def test_where_a_and_b_sum_to_one_nothing_is_lost():
    pole, near = Btyd(0.8, 45, 0.4, 0.6), Btyd(0.8, 45, 0.4001, 0.6)
    assert pole.expected_orders(FEW, 90) == pytest.approx(near.expected_orders(FEW, 90), rel=1e-3)


def test_who_never_ordered_is_told_nothing():
    known = matrix_of([dict.fromkeys(READ[:1], 0.0), dict(zip(READ, (2, 30, 10), strict=True))], columns=FEW.features)
    for told in (LIVELY.alive(known), LIVELY.expected_orders(known, 90), LIVELY.chance_of_any(known, 90)):
        assert np.isnan(told).tolist() == [True, False]


def test_two_orders_on_one_day_are_one():
    once, twice = (dict(zip(READ, (1, 100, 100 - apart), strict=True)) for apart in (0, 0.2))
    assert np.ptp(LIVELY.expected_orders(matrix_of([once, twice], columns=FEW.features), 90)) == 0


def test_a_shop_without_orders_has_no_fit():
    assert fit_btyd(matrix_of([{}] * 200, columns=())) is None


def test_a_fit_is_the_same_after_being_told_as_plain_values():
    fit = fit_btyd(seen(lives(1_000).history()))
    assert Btyd.from_dict(fit.as_dict()) == fit


@pytest.mark.skipif(not CDNOW.exists(), reason="needs ../shared/data/cdnow: examples/cdnow/README.md says what it is")
def test_on_cdnow_it_is_as_good_as_published():
    known, came = cdnow()
    fit = fit_btyd(known)
    days = (END - CUT).days
    expected = fit.expected_orders(known, days)
    assert (fit.r, fit.alpha_days / 7) == (pytest.approx(0.25, abs=0.01), pytest.approx(4.8, abs=0.1))
    assert np.corrcoef(expected, came)[0, 1] == pytest.approx(0.669, abs=0.005)
    assert np.abs(expected - came).mean() == pytest.approx(0.819, abs=0.01)
    assert roc_auc_score(came > 0, expected) == pytest.approx(0.763, abs=0.002)
    assert roc_auc_score(came > 0, fit.alive(known)) < 0.4


def cdnow():
    """Everybody who had bought before the cut, and on how many days each bought in the 39 weeks after it."""
    bought = {}
    for line in CDNOW.read_text().splitlines()[1:]:
        customer, day, *_ = line.split()
        bought.setdefault(customer, set()).add(date(int(day[:4]), int(day[4:6]), int(day[6:])))
    past = [sorted(day for day in days if day < CUT) for days in bought.values()]
    rows = [(len(days) - 1, (days[-1] - days[0]).days, (CUT - days[0]).days) for days in past]
    came = [sum(CUT <= day < END for day in days) for days in bought.values()]
    return matrix(*zip(*rows, strict=True)), np.array(came)
