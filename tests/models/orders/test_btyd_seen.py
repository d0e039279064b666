import numpy as np
import pytest

from models.orders.btyd_fit import Histories, maximise
from models.orders.btyd_seen import log_chance_and_slopes
from tests.models.ordering import LIVELY, lives

LOGS = np.log(list(LIVELY.as_dict().values()))
A_YEAR = 365.0


@pytest.fixture(scope="module")
def known() -> Histories:
    return lives(30_000, oldest=1100).history()


def recent(of: Histories) -> Histories:
    return of.where(of.age - of.last < A_YEAR)


def test_the_chance_of_being_seen_is_the_share_that_is(known):
    old = known.where((known.age > 700) & (known.age < 900))
    chance, _ = log_chance_and_slopes(LOGS, old.age, A_YEAR)
    assert np.exp(chance).mean() == pytest.approx((old.age - old.last < A_YEAR).mean(), abs=0.02)


def test_whoever_is_younger_is_seen_for_certain():
    chance, slopes = log_chance_and_slopes(LOGS, np.array([0.0, 200.0, 365.0, 366.0]), A_YEAR)
    assert (chance == 0).tolist() == [True, True, True, False]
    assert (slopes[:, :3] == 0).all()
    assert (slopes[:, 3] != 0).all()


def test_slopes_are_those_of_the_chance():
    ages = np.array([400.0, 700.0, 1100.0])
    _, slopes = log_chance_and_slopes(LOGS, ages, A_YEAR)
    for place in range(4):
        step = np.eye(4)[place] * 1e-3
        above, below = (log_chance_and_slopes(LOGS + sign * step, ages, A_YEAR)[0] for sign in (1, -1))
        assert slopes[place] == pytest.approx((above - below) / 2e-3, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("r", [0.05, 1.0, 3.0, 200.0, 5000.0])
@pytest.mark.parametrize("a", [0.01, 1.0, 40.0])
def test_the_chance_is_a_chance_however_alike_customers_are(r, a):
    chance, slopes = log_chance_and_slopes(np.log([r, r, a, 2.0]), np.array([1.0, 5.0, 50.0]), 0.9)
    assert (chance <= 1e-9).all()
    assert np.isfinite(slopes).all()


def test_those_with_a_recent_order_tell_as_much_of_the_shop_as_everybody(known):
    everybody, seen = maximise(known), maximise(recent(known))
    assert seen == pytest.approx(everybody, rel=0.2)
    r, alpha, a, b = seen
    assert (r / alpha, a / (a + b)) == (pytest.approx(0.8 / 45, rel=0.05), pytest.approx(0.6 / 3.6, rel=0.08))


def test_customers_like_clockwork_with_a_recent_order_give_finite_numbers():
    random = np.random.default_rng(0)
    age, left_at = random.uniform(0, 800, 2000), random.uniform(0, 1500, 2000)
    repeats = np.minimum(age, left_at) // 30
    assert np.isfinite(maximise(recent(Histories(repeats, repeats * 30, age)))).all()
