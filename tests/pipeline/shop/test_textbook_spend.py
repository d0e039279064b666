import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.shop.textbook.parameters import SpendParameters
from pipeline.shop.textbook.spend import expected_order_value

CDNOW = SpendParameters(p=6.25, q=3.74, gamma=15.44)
MEAN = 6.25 * 15.44 / 2.74


def value(orders: float, mean_value: float) -> float:
    return float(expected_order_value(np.array([orders], float), np.array([mean_value], float), CDNOW)[0])


def test_without_orders_the_mean_of_all_customers_is_expected():
    assert value(0, 0) == pytest.approx(MEAN)


def test_one_order_moves_the_expectation_most_of_the_way_to_its_worth():
    assert value(1, 100) == pytest.approx((2.74 * MEAN + 6.25 * 100) / (2.74 + 6.25))


def test_after_many_orders_their_own_mean_is_expected():
    assert value(10_000, 100) == pytest.approx(100, rel=1e-3)


@given(st.integers(1, 1000), st.floats(0.01, 10_000))
def test_the_expectation_lies_between_the_own_mean_and_that_of_all(orders, mean_value):
    low, high = sorted([mean_value, MEAN])
    assert low * (1 - 1e-9) <= value(orders, mean_value) <= high * (1 + 1e-9)


@pytest.mark.parametrize("wrong", [{"p": 0}, {"q": 1}, {"gamma": -3}, {"q": float("nan")}], ids=str)
def test_impossible_parameters_are_refused_in_one_sentence(wrong):
    with pytest.raises(UserError, match="Try "):
        SpendParameters(**{"p": 6.25, "q": 3.74, "gamma": 15.44, **wrong})
