from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from models.orders.btyd_fit import Histories
from models.orders.waiting import LEAST_WAITS, Waiting, fit_waiting

STEADY = Waiting(p=4.0, q=3.0, gamma_days=30.0, a=0.5, b=2.0)
FEW = Histories(np.array([0.0, 1, 3, 20, 20]), np.array([0.0, 25, 90, 400, 400]), np.array([10.0, 40, 100, 405, 700]))


def drawn(customers, waiting=STEADY, seed=0, days=400.0):
    """What was known at a moment of customers of just that kind, their waits from there, and how long they are known.

    The first order lay up to `days` before the moment; orders are drawn one by one until the customer leaves.
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(waiting.q, 1 / waiting.gamma_days, customers)
    leaving, age = random.beta(waiting.a, waiting.b, customers), random.uniform(0, days, customers)
    rows = [_life(random, *of, waiting.p) for of in zip(rate, leaving, age, strict=True)]
    repeats, last, wait = np.array(rows).T
    return Histories(repeats, last, age), wait


def _life(random, rate, leaving, age, p):
    at, repeats, last = 0.0, 0, 0.0
    while random.random() >= leaving:
        at += random.gamma(p, 1 / rate)
        if at >= age:
            return repeats, last, at - age
        repeats, last = repeats + 1, at
    return repeats, last, np.nan


def followed(wait, days):
    return np.where(wait < days, wait, np.nan), np.full(len(wait), float(days))


@pytest.fixture(scope="module")
def fitted():
    seen, wait = drawn(2000)
    return fit_waiting(seen, *followed(wait, 120))


def test_chances_and_quantiles_are_those_of_what_was_drawn():
    seen, wait = drawn(10_000)
    chance = STEADY.chance_within(seen, 60)
    for fifth in np.array_split(np.argsort(chance), 5):
        assert chance[fifth].mean() == pytest.approx((wait[fifth] < 60).mean(), abs=0.03)
    came = wait < 60
    for share in (0.1, 0.5, 0.9):
        assert (wait <= STEADY.wait_days(seen, share, 60))[came].mean() == pytest.approx(share, abs=0.02)


def test_a_density_adds_up_to_the_chance():
    for row in range(len(FEW.age)):
        one = FEW.where(np.arange(len(FEW.age)) == row)

        def density(wait, one=one):
            return float(np.exp(STEADY.log_likelihood(one, np.array([wait]), np.array([60.0]))[0])[0])

        assert quad(density, 0, 60, limit=200)[0] == pytest.approx(STEADY.chance_within(one, 60)[0], rel=1e-6)


def test_not_having_come_is_as_likely_as_the_chance_leaves():
    nobody_came = np.exp(STEADY.log_likelihood(FEW, np.full(5, np.nan), np.full(5, 60.0))[0])
    assert nobody_came == pytest.approx(1 - STEADY.chance_within(FEW, 60))


@pytest.mark.parametrize("number", ["gamma_days", "a", "b"])
@pytest.mark.parametrize("wait", [12.0, np.nan])
def test_slopes_are_those_of_the_likelihood(number, wait):
    def told(by):
        moved = replace(STEADY, **{number: getattr(STEADY, number) + by})
        return moved.log_likelihood(FEW, np.full(5, wait), np.full(5, 60.0))

    slope = told(0)[1][("gamma_days", "a", "b").index(number)]
    assert slope == pytest.approx((told(1e-5)[0] - told(-1e-5)[0]) / 2e-5, rel=1e-4, abs=1e-8)


def test_long_silence_after_many_orders_means_that_nobody_is_there():
    chance = STEADY.chance_within(FEW, 3650)
    assert chance[4] < 0.05
    assert chance[3] > 0.9


def test_a_wait_ends_within_the_time_asked_for():
    early, middle, late = (STEADY.wait_days(FEW, share, 90) for share in (0.1, 0.5, 0.9))
    assert ((early >= 0) & (early <= middle) & (middle <= late) & (late <= 90)).all()


def test_a_silence_beyond_all_measure_raises_no_alarm():
    gone = Histories(np.array([500.0]), np.array([500.0]), np.array([1e7]))
    assert STEADY.chance_within(gone, 180) == pytest.approx(0, abs=1e-9)
    assert np.isfinite(STEADY.wait_days(gone, 0.5, 180)).all()


def test_a_fit_finds_the_rhythm_and_says_what_comes_after(fitted):
    assert fitted.p == pytest.approx(STEADY.p, rel=0.35)
    seen, wait = drawn(4000, seed=1)
    chance = fitted.chance_within(seen, 60)
    assert chance.mean() == pytest.approx((wait < 60).mean(), abs=0.02)
    inside = (wait >= fitted.wait_days(seen, 0.1, 60)) & (wait <= fitted.wait_days(seen, 0.9, 60))
    assert inside[wait < 60].mean() == pytest.approx(0.8, abs=0.02)


def test_too_few_waits_that_ended_give_no_fit():
    seen, wait = drawn(400)
    ended = np.flatnonzero(np.isfinite(wait))
    wait[ended[LEAST_WAITS - 1 :]] = np.nan
    assert fit_waiting(seen, *followed(wait, 10_000)) is None
