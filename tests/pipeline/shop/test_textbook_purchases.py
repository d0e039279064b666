import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from pipeline.errors import UserError
from pipeline.shop.textbook.parameters import LIVELY, PurchaseParameters
from pipeline.shop.textbook.process import draw_hidden, repeat_orders
from pipeline.shop.textbook.purchases import (
    Histories,
    alive_probability,
    expected_orders,
    log_likelihood,
    no_order_probability,
)

CDNOW = PurchaseParameters(r=0.243, alpha=4.414, a=0.793, b=2.426)  # estimated in the paper, in weeks


def history(repeats: float, last: float, age: float) -> Histories:
    return Histories(np.array([repeats], float), np.array([last], float), np.array([age], float))


def test_the_papers_customer_is_expected_to_order_1_226_times_in_39_weeks():
    assert expected_orders(history(2, 30.43, 38.86), CDNOW, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_a_customer_who_ordered_once_has_certainly_not_left():
    assert alive_probability(history(0, 0, 1e6), CDNOW)[0] == 1


def test_long_silence_after_many_orders_means_having_left():
    assert alive_probability(history(20, 30, 31), CDNOW)[0] > 0.8
    assert alive_probability(history(20, 30, 300), CDNOW)[0] < 1e-6


def test_nothing_is_ordered_in_no_time():
    some = Histories(np.array([0.0, 1, 30]), np.array([0.0, 5, 30]), np.array([10.0, 6, 31]))
    np.testing.assert_allclose(no_order_probability(some, CDNOW, 0), 1)
    np.testing.assert_allclose(expected_orders(some, CDNOW, 0), 0, atol=1e-12)


def over_hidden_states(parameters: PurchaseParameters, x: int, last: float, age: float, t: float) -> tuple[float, ...]:
    """Weigh a fine grid of rates and chances of leaving by equation 3; return likelihood, no order, orders."""
    middle = (np.arange(3000) + 0.5) / 3000
    rate = stats.gamma.ppf(middle, parameters.r, scale=1 / parameters.alpha)[:, np.newaxis]
    leaving = stats.beta.ppf(middle, parameters.a, parameters.b)
    there = (1 - leaving) ** x * rate**x * np.exp(-rate * age)
    left = leaving * (1 - leaving) ** (x - 1) * rate**x * np.exp(-rate * last) if x else 0 * rate * leaving
    total = (there + left).mean()
    none = (there * np.exp(-rate * t) + left).mean() / total
    orders = (there * -np.expm1(-rate * leaving * t) / leaving).mean() / total
    return float(total), float(none), float(orders)


@pytest.mark.parametrize(
    ("x", "last", "age", "t"),
    [(0, 0, 200, 90), (1, 40, 45, 90), (1, 40, 400, 90), (4, 300, 330, 30), (4, 300, 330, 700), (9, 150, 160, 90)],
)
@pytest.mark.parametrize("parameters", [LIVELY.purchases, PurchaseParameters(r=2.0, alpha=60, a=1.7, b=4)])
def test_the_closed_forms_equal_sums_over_all_hidden_states(parameters, x, last, age, t):
    total, none, orders = over_hidden_states(parameters, x, last, age, t)
    one = history(x, last, age)
    assert log_likelihood(one, parameters)[0] == pytest.approx(np.log(total), abs=3e-3)
    assert no_order_probability(one, parameters, t)[0] == pytest.approx(none, abs=2e-3)
    assert expected_orders(one, parameters, t)[0] == pytest.approx(orders, rel=4e-3)


def test_whole_numbers_that_scipy_cannot_take_come_close_to_their_neighbours():
    exact, near = PurchaseParameters(r=1, alpha=1, a=2, b=1), PurchaseParameters(r=1 + 1e-7, alpha=1, a=2, b=1)
    for repeats in (99, 500, 5000):
        one = history(repeats, 10, 10)
        assert expected_orders(one, exact, 300)[0] == pytest.approx(expected_orders(one, near, 300)[0], rel=1e-5)


above_zero = st.floats(0.05, 20)
parameter_sets = (
    st.tuples(above_zero, st.floats(0.1, 500), st.floats(0.05, 0.95) | st.floats(1.05, 9), above_zero)
    .filter(lambda told: abs(told[2] + told[3] - 1) > 1e-3)
    .map(lambda told: PurchaseParameters(*told))
)
histories = st.tuples(st.integers(0, 5000), st.floats(0, 1), st.floats(0, 2000)).map(
    lambda told: history(told[0], told[1] * told[2] if told[0] else 0, told[2])
)


@given(parameter_sets, histories, st.floats(0, 1000), st.floats(0, 1000))
def test_more_time_never_makes_an_order_less_likely_or_orders_fewer(parameters, one, t, more):
    soon, later = (no_order_probability(one, parameters, days)[0] for days in (t, t + more))
    few, many = (expected_orders(one, parameters, days)[0] for days in (t, t + more))
    assert 0 <= later <= soon <= 1
    assert few <= many * (1 + 1e-6) + 1e-9


@given(parameter_sets, histories, st.floats(0.01, 1000))
def test_no_fewer_orders_are_expected_than_the_probability_of_one(parameters, one, t):
    with warnings.catch_warnings(action="error"):
        orders = expected_orders(one, parameters, t)[0]
    assert orders >= (1 - no_order_probability(one, parameters, t)[0]) * (1 - 1e-6) - 1e-9


@given(parameter_sets, histories)
def test_likelihoods_are_finite_and_leaving_never_makes_one_more_than_certain(parameters, one):
    assert np.isfinite(log_likelihood(one, parameters)[0])
    assert 0 <= alive_probability(one, parameters)[0] <= 1


def test_the_likelihood_of_a_simulated_log_finds_the_parameters_again():
    truth, rng = LIVELY.purchases, np.random.default_rng(3)
    hidden, age = draw_hidden(rng, LIVELY, 20_000), rng.uniform(0, 900, 20_000)
    customer, at = repeat_orders(rng, hidden, age)
    last = np.zeros(20_000)
    np.maximum.at(last, customer, at)
    log = Histories(np.bincount(customer, minlength=20_000).astype(float), last, age)

    def loss(logs: np.ndarray) -> float:
        return -float(log_likelihood(log, PurchaseParameters(*np.exp(logs))).mean())

    found = np.exp(minimize(loss, np.log([1.01, 60, 1.1, 2]), method="L-BFGS-B").x)
    np.testing.assert_allclose(found, [truth.r, truth.alpha, truth.a, truth.b], rtol=0.12)


@pytest.mark.parametrize(
    "changed", [{"r": 0}, {"alpha": -1}, {"a": float("nan")}, {"a": 1}, {"a": 0.4, "b": 0.6}], ids=str
)
def test_impossible_parameters_are_refused_in_one_sentence(changed):
    with pytest.raises(UserError, match="Try "):
        PurchaseParameters(**{"r": 1, "alpha": 50, "a": 0.6, "b": 3, **changed})
