import numpy as np
import pytest

from features.feature import FeatureColumn
from models.orders.order_value import READ, OrderValue, _cost, fit_order_value
from pipeline.shop.textbook.parameters import SpendParameters
from pipeline.shop.textbook.spend import expected_order_value
from tests.models.shop import AS_OF, matrix_of

TRUE = OrderValue(p=6.25, q=3.74, gamma=15.44)
COLUMNS = tuple(FeatureColumn(name, "", "", "", "value") for name in READ)


def matrix(days, worth):
    return matrix_of([dict(zip(READ, row, strict=True)) for row in zip(days, worth, strict=True)], AS_OF, COLUMNS)


def drawn(customers, seed=0):
    """Customers with one to nine days with an order, what these were worth, and what a further one is on average."""
    random = np.random.default_rng(seed)
    days, nu = random.integers(1, 10, customers), random.gamma(TRUE.q, 1 / TRUE.gamma, customers)
    return days, random.gamma(TRUE.p * days, 1 / nu), TRUE.p / nu


def test_what_was_drawn_from_known_numbers_gives_them_back():
    days, worth, _ = drawn(10_000)
    fit = fit_order_value(matrix(days, worth))
    shop = fit.expected(matrix([0], [0]))[0]
    assert (fit.q, shop) == pytest.approx((TRUE.q, TRUE.p * TRUE.gamma / (TRUE.q - 1)), rel=0.05)
    assert fit.p == pytest.approx(TRUE.p, rel=0.25)  # a mean of orders says little of how far they are apart


def test_expected_worth_is_that_of_the_published_formula_and_of_what_comes():
    days, worth, to_come = drawn(5_000)
    told = TRUE.expected(matrix(days, worth))
    assert told == pytest.approx(expected_order_value(days, worth / days, SpendParameters(6.25, 3.74, 15.44)))
    for fifth in np.array_split(np.argsort(told), 5):
        assert told[fifth].mean() == pytest.approx(to_come[fifth].mean(), rel=0.04)


def test_one_large_order_is_believed_less_than_nine():
    shop, one, nine = TRUE.expected(matrix([0, 1, 9], [np.nan, 500, 4500]))
    assert shop == pytest.approx(TRUE.p * TRUE.gamma / (TRUE.q - 1))
    assert shop < one < nine < 500


def test_the_currency_changes_nothing_but_gamma():
    days, worth, _ = drawn(1_000)
    euros, yen = fit_order_value(matrix(days, worth)), fit_order_value(matrix(days, 160 * worth))
    assert (yen.p, yen.q, yen.gamma / 160) == pytest.approx((euros.p, euros.q, euros.gamma), rel=1e-3)


def test_slopes_are_those_of_the_likelihood():
    days, worth, _ = drawn(50)
    logs = np.array([0.5, 0.2, 1.0])
    slopes = [
        (_cost(logs + step, days, worth)[0] - _cost(logs - step, days, worth)[0]) / 2e-5 for step in np.eye(3) * 1e-5
    ]
    assert _cost(logs, days, worth)[1] == pytest.approx(slopes, rel=1e-5)


def test_orders_that_are_worth_nothing_are_left_out_of_the_fit():
    days, worth, _ = drawn(500)
    with_gifts = fit_order_value(matrix([*days, 3, 1], [*worth, 0.0, -5.0]))
    assert with_gifts == fit_order_value(matrix(days, worth))
    assert TRUE.expected(matrix([3, 3], [0.0, -5.0])).tolist() == pytest.approx(
        [TRUE.expected(matrix([3], [0]))[0]] * 2
    )


def test_a_shop_with_one_price_has_a_fit_that_is_finite():
    days = np.arange(1, 501) % 9 + 1
    fit = fit_order_value(matrix(days, 20.0 * days))
    assert fit.expected(matrix([1, 5], [20, 100])) == pytest.approx([20, 20], rel=0.02)


@pytest.mark.parametrize("days", [np.ones(500), np.ones(30), np.zeros(500)])
def test_too_few_orders_give_no_fit(days):
    assert fit_order_value(matrix(days, 20 * days)) is None


def test_a_shop_without_orders_has_no_fit():
    assert fit_order_value(matrix_of([{}] * 200, columns=())) is None


def test_a_fit_is_the_same_after_being_told_as_plain_values():
    assert OrderValue.from_dict(TRUE.as_dict()) == TRUE
