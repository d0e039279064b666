from math import gamma

import numpy as np
import pytest

from models.orders.btyd_fit import Histories, log_likelihood, maximise
from tests.models.ordering import LIVELY, lives

TRUE = np.array(list(LIVELY.as_dict().values()))


def test_what_was_drawn_from_known_numbers_gives_them_back():
    r, alpha, a, b = maximise(lives(20_000).history())
    assert (r, alpha) == (pytest.approx(0.8, rel=0.05), pytest.approx(45, rel=0.05))
    assert a / (a + b) == pytest.approx(0.6 / 3.6, rel=0.05)


def test_the_unit_of_time_changes_nothing_but_alpha():
    seen = lives(2_000).history()
    days = maximise(seen)
    weeks = maximise(Histories(seen.repeats, seen.last * 7, seen.age * 7))
    assert weeks[1] / days[1] == pytest.approx(7, rel=0.01)
    assert np.delete(weeks, 1) == pytest.approx(np.delete(days, 1), rel=0.01)


def test_a_likelihood_written_as_printed_is_the_same():
    """Equation 6 of Fader, Hardie and Lee (2005) for x = 2, t_x = 30, T = 40."""

    def beta(p, q):
        return gamma(p) * gamma(q) / gamma(p + q)

    r, alpha, a, b = TRUE
    rate = gamma(r + 2) * alpha**r / gamma(r)
    printed = beta(a, b + 2) / beta(a, b) * rate / (alpha + 40) ** (r + 2)
    printed += beta(a + 1, b + 1) / beta(a, b) * rate / (alpha + 30) ** (r + 2)
    ours, _ = log_likelihood(TRUE, Histories(*np.array([[2.0], [30.0], [40.0]])))
    assert np.exp(ours) == pytest.approx(printed)


def test_slopes_are_those_of_the_likelihood():
    seen = Histories(np.array([0.0, 1.0, 7.0]), np.array([0.0, 12.0, 80.0]), np.array([40.0, 300.0, 81.0]))
    _, slopes = log_likelihood(TRUE, seen)
    for place in range(4):
        step = np.eye(4)[place] * 1e-5
        above, below = (log_likelihood(TRUE + sign * step, seen)[0] for sign in (1, -1))
        assert slopes[place] == pytest.approx((above - below) / 2e-5, rel=1e-5)


def test_equal_histories_are_counted_once_and_who_never_ordered_not_at_all():
    seen = Histories(np.array([1, np.nan, 1, 0.0]), np.array([3, np.nan, 3.1, 0]), np.array([9, np.nan, 9.1, 9]))
    distinct, times = seen.counted()
    assert dict(zip(distinct.repeats, times, strict=True)) == {0: 1, 1: 2}
    assert (distinct.last[distinct.repeats == 1], distinct.age.tolist()) == (3, [9, 9])


@pytest.mark.parametrize("repeating", [0, 19])
def test_too_few_repeat_orders_give_no_fit(repeating):
    repeats = (np.arange(500) < repeating).astype(float)
    assert maximise(Histories(repeats, repeats * 20, np.full(500, 100.0))) is None


def test_too_few_customers_give_no_fit():
    seen = lives(49).history()
    assert maximise(seen) is None
    assert maximise(Histories(*np.zeros((3, 0)))) is None


@pytest.mark.parametrize("every", [7, 30])
def test_customers_like_clockwork_give_finite_numbers(every):
    age = np.random.default_rng(0).uniform(0, 400, 1000)
    repeats = age // every
    assert np.isfinite(maximise(Histories(repeats, repeats * every, age))).all()
