from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import spearmanr

from features.matrix import FeatureMatrix
from models.examples import Examples, pool
from models.judging.baselines import GATE_RULES, RULES, baseline_predictions, last_years_spend
from models.orders.btyd import fit_btyd
from models.tasks import Task
from tests.models.ordering import Lives, lives, matrix
from tests.models.shop import AS_OF, CHURN, PURCHASE, SPEND, matrix_of

EARLIER = AS_OF - timedelta(days=90)
RETURNED = Task("returned", "orders_365d >= 1", "happened(order_refunded)", timedelta(days=90))


def at(people: Lives, ago: float, label) -> Examples:
    """What was known of everybody so many days ago, the features of the rules among it, and what came in 90 days."""
    known = people.history(ago)
    told = matrix(known.repeats, known.last, known.age)
    moments = told.as_of - np.timedelta64(int(ago), "D")
    return Examples(
        FeatureMatrix(told.customer_id, moments, told.features, told.values), label(people.orders_since(ago, 90))
    )


@pytest.fixture(scope="module")
def people():
    return lives(1500, youngest=180, oldest=540)


def ordered(orders):
    return (orders > 0).astype(float)


def test_a_gate_asks_for_rules_that_there_are():
    assert set(GATE_RULES) <= RULES.keys()


@pytest.mark.parametrize("task", [CHURN, PURCHASE], ids=lambda task: task.name)
def test_customers_stand_in_the_order_of_the_orders_expected_of_them(people, task):
    towards = 1 if task is PURCHASE else -1
    past, now = (
        at(people, ago, ordered if task is PURCHASE else lambda n: (n == 0).astype(float)) for ago in (180, 90)
    )
    told = baseline_predictions(task, past, now.matrix)["bgnbd"]
    expected = fit_btyd(now.matrix).expected_orders(now.matrix, task.horizon_days)
    assert spearmanr(told, towards * expected)[0] == pytest.approx(1)
    assert told.mean() == pytest.approx(now.label.mean(), abs=0.05)


def test_amounts_stand_in_that_order_too_and_sum_to_what_came(people):
    past = at(people, 180, lambda orders: 20 * orders)
    told = baseline_predictions(SPEND, past, past.matrix)
    assert set(told) == {"recency", "frequency", "rfm", "bgnbd", "last_year"}
    expected = fit_btyd(past.matrix).expected_orders(past.matrix, SPEND.horizon_days)
    assert spearmanr(told["bgnbd"], expected)[0] == pytest.approx(1)
    assert told["bgnbd"].sum() == pytest.approx(past.label.sum())


def test_each_cut_off_is_fitted_to_what_was_known_there(people):
    past, now = at(people, 180, ordered), at(people, 90, ordered)
    both = pool([past, now]).matrix
    told = baseline_predictions(PURCHASE, past, both)["bgnbd"]
    apart = [baseline_predictions(PURCHASE, past, one.matrix)["bgnbd"] for one in (past, now)]
    assert told == pytest.approx(np.concatenate(apart))


def test_who_never_ordered_is_the_least_likely_to(people):
    past = at(people, 180, ordered)
    values = past.matrix.values.copy()
    values[:10] = [0.0, np.nan, np.nan]
    unknown = FeatureMatrix(past.matrix.customer_id, past.matrix.as_of, past.matrix.features, values)
    told = baseline_predictions(PURCHASE, past, unknown)["bgnbd"]
    assert told[:10].max() < told[10:].min()


@pytest.mark.parametrize("few", [0, 30])
def test_without_enough_orders_the_rule_is_left_out_and_the_others_stay(people, few):
    past = at(people, 180, ordered)
    told = (
        baseline_predictions(PURCHASE, past, past.matrix.where(np.arange(len(past)) < few))
        if few
        else (
            baseline_predictions(
                PURCHASE, Examples(matrix_of([{}] * 1500, columns=()), past.label), matrix_of([{}] * 3)
            )
        )
    )
    assert set(told) == {"recency", "frequency", "rfm"}


def test_a_target_that_is_not_about_orders_has_no_such_rule(people):
    past = at(people, 180, ordered)
    assert "bgnbd" not in baseline_predictions(RETURNED, past, past.matrix)


def test_last_years_spend_is_scaled_to_the_horizon():
    told = last_years_spend(replace(SPEND, horizon=timedelta(days=73)), matrix_of([{"revenue_365d": 100.0}, {}]))
    assert told == pytest.approx([20, np.nan], nan_ok=True)
