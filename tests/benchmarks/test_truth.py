from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from benchmarks.truth import truth_auc
from features.matrix import FeatureMatrix
from models.examples import Examples
from models.judging.backtest import compare
from models.judging.judged import Judged
from models.tasks import find_task
from pipeline.shop.truth import truth

START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
MOMENT, HORIZON = datetime(2025, 9, 1, tzinfo=UTC), timedelta(days=90)
CUSTOMERS, SEED = 600, 2


@pytest.fixture(scope="module")
def hidden():
    return truth(CUSTOMERS, START, END, SEED, moment=MOMENT, horizon=HORIZON)


def judged(hidden, task, *, predicted, more=()):
    """A backtest whose outcomes are drawn from the truth, of its customers in reverse order and of some more."""
    names = [*reversed(hidden["customer_id"].to_pylist()), *more]
    chance = np.array(hidden["purchase_probability"].to_pylist())[::-1]
    came = np.append(np.random.default_rng(0).random(len(chance)) < chance, np.zeros(len(more)))
    moments = np.full(len(names), np.datetime64(MOMENT.replace(tzinfo=None), "us"))
    matrix = FeatureMatrix(np.array(names, object), moments, (), np.empty((len(names), 0)))
    label = came if task.name == "purchase" else 1 - came
    rows = Judged(Examples(matrix, label.astype(float)), predicted(chance, len(names)), {})
    return compare(replace(task, horizon=HORIZON), rows, seed=0, resamples=10, groups={})


@pytest.mark.parametrize(("name", "sign"), [("purchase", 1), ("churn", -1)])
def test_who_predicts_the_truth_reaches_it_whatever_the_order_of_rows(hidden, name, sign):
    result = judged(hidden, find_task(name), predicted=lambda chance, _: chance if sign > 0 else 1 - chance)
    told = truth_auc(result, CUSTOMERS, START, END, SEED)
    assert told["truth_auc"] == pytest.approx(result.metrics["roc_auc"])
    assert told["below_truth"] == pytest.approx(0)
    assert told["truth_auc"] > 0.6


def test_who_guesses_lies_below_and_customers_unknown_to_the_truth_count_for_neither(hidden):
    draw = np.random.default_rng(1)
    result = judged(hidden, find_task("purchase"), predicted=lambda _, rows: draw.random(rows), more=("stranger",))
    told = truth_auc(result, CUSTOMERS, START, END, SEED)
    assert told["below_truth"] > 0.05
