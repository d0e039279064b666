import numpy as np
import pytest

from models.judging.evaluation import evaluate
from models.judging.weighed import Weighed
from models.tasks import TaskKind

RANDOM = np.random.default_rng(3)
PREDICTED = RANDOM.integers(1, 40, 400) / 40
ACTUAL = (RANDOM.random(400) < PREDICTED).astype(float)
AMOUNTS = np.where(ACTUAL > 0, RANDOM.gamma(2, 20, 400), 0)
WEIGHTS = RANDOM.integers(0, 4, 400)


@pytest.mark.parametrize(("actual", "kind"), [(ACTUAL, TaskKind.PROBABILITY), (AMOUNTS, TaskKind.AMOUNT)])
def test_with_every_weight_one_the_figures_are_those_of_evaluation(actual, kind):
    once = Weighed(PREDICTED, actual, kind).figures(np.ones(400))
    figures = evaluate(PREDICTED, actual, kind)
    assert once == pytest.approx({name: figures[name] for name in once})


@pytest.mark.parametrize(("actual", "kind"), [(ACTUAL, TaskKind.PROBABILITY), (AMOUNTS, TaskKind.AMOUNT)])
def test_weights_are_worth_as_many_rows(actual, kind):
    weighed = dict(Weighed(PREDICTED, actual, kind).figures(WEIGHTS.astype(float)))
    repeated = evaluate(np.repeat(PREDICTED, WEIGHTS), np.repeat(actual, WEIGHTS), kind)
    weighed.pop("ece", None)  # whose bins stay those of the unweighed rows
    assert weighed == pytest.approx({name: repeated[name] for name in weighed})


def test_a_bin_that_is_off_by_a_tenth_is_so_under_any_weights():
    actual = np.tile([1.0, 0, 0, 0], 25)
    weighed = Weighed(np.full(100, 0.35), actual, TaskKind.PROBABILITY)
    assert weighed.ece(np.ones(100)) == pytest.approx(0.1)
    assert weighed.ece(np.full(100, 3.0)) == pytest.approx(0.1)


def test_the_calibration_of_an_amount_is_how_far_its_total_is_off():
    weighed = Weighed(np.array([2.0, 2.0]), np.array([1.0, 4.0]), TaskKind.AMOUNT)
    assert weighed.calibration(np.ones(2)) == pytest.approx(0.2)


def test_rows_that_all_came_true_have_no_auc_and_none_at_all_no_total():
    assert np.isnan(Weighed(PREDICTED, np.ones(400), TaskKind.PROBABILITY).auc(np.ones(400)))
    assert np.isnan(Weighed(PREDICTED, np.zeros(400), TaskKind.AMOUNT).total_ratio(np.ones(400)))
