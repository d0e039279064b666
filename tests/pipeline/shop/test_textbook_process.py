import numpy as np
import pytest
from scipy import stats

from pipeline.shop.textbook.parameters import LIVELY
from pipeline.shop.textbook.process import Hidden, draw_hidden, repeat_orders
from pipeline.shop.textbook.purchases import Histories, expected_orders

MANY = 40_000


@pytest.fixture(scope="module")
def hidden() -> Hidden:
    return draw_hidden(np.random.default_rng(1), LIVELY, MANY)


def standard_errors(sample: np.ndarray, mean: float) -> float:
    return float(abs(sample.mean() - mean) / (sample.std() / np.sqrt(len(sample))))


def test_hidden_states_have_the_means_of_their_distributions(hidden):
    purchases, spend = LIVELY.purchases, LIVELY.spend
    assert standard_errors(hidden.rate, purchases.r / purchases.alpha) < 4
    assert standard_errors(hidden.leaving, purchases.a / (purchases.a + purchases.b)) < 4
    assert standard_errors(hidden.value, spend.p * spend.gamma / (spend.q - 1)) < 4


@pytest.mark.parametrize("days", [1, 30, 365, 2000])
def test_orders_are_as_many_as_equation_9_expects(hidden, days):
    customer, _ = repeat_orders(np.random.default_rng(2), hidden, np.full(MANY, float(days)))
    orders = np.bincount(customer, minlength=MANY).astype(float)
    nobody = Histories(*np.zeros((3, 1)))
    assert standard_errors(orders, expected_orders(nobody, LIVELY.purchases, days)[0]) < 4


def test_repeat_orders_of_a_customer_follow_each_other_within_the_days(hidden):
    days = np.linspace(0, 700, MANY)
    customer, at = repeat_orders(np.random.default_rng(2), hidden, days)
    assert (np.diff(customer) >= 0).all()
    assert (np.diff(at)[np.diff(customer) == 0] > 0).all()
    assert (at > 0).all()
    assert (at < days[customer]).all()


def test_nobody_orders_again_after_leaving(hidden):
    customer, _ = repeat_orders(np.random.default_rng(2), hidden, np.full(MANY, 1e5))
    placed = np.bincount(customer, minlength=MANY)
    assert (placed <= hidden.stays).all()
    assert (placed == hidden.stays).mean() > 0.9


def test_waits_are_exponential_at_the_customers_own_rate():
    one = Hidden(np.full(3000, 0.1), np.full(3000, 0.5), np.ones(3000), np.full(3000, 3))
    customer, at = repeat_orders(np.random.default_rng(4), one, np.full(3000, 2000.0))
    waits = np.diff(at.reshape(3000, 3), axis=1, prepend=0)
    assert (np.bincount(customer) == 3).all()
    for nth in waits.T:
        assert stats.kstest(nth, stats.expon(scale=10).cdf).pvalue > 1e-3


def test_customers_who_hardly_ever_leave_are_drawn_as_well():
    hidden = draw_hidden(np.random.default_rng(1), LIVELY, 10)
    steady = Hidden(np.full(10, 2.0), np.full(10, 1e-300), hidden.value, np.full(10, np.iinfo(np.int64).max))
    customer, _ = repeat_orders(np.random.default_rng(1), steady, np.full(10, 500.0))
    assert np.bincount(customer).mean() == pytest.approx(1000, abs=50)
