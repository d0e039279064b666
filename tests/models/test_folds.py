import numpy as np
import pytest

from models.examples import Examples
from models.folds import JUDGED_SHARE, THIRDS, clearly_less, later_folds, loss, other_folds
from models.rows import Rows
from models.tasks import TaskKind
from tests.models.shop import CHURN


def test_folds_judge_later_cut_offs_of_other_customers(past: Examples) -> None:
    rows = Rows(CHURN, past, past.label, seed=0)
    folds = later_folds(rows, 9, 1)
    assert len(folds) == len(past.matrix.cut_offs) - 1
    for fold, cut_off in zip(folds, past.matrix.cut_offs[:0:-1], strict=True):
        silence = past.at(cut_off).matrix.column("days_since_last_order")
        assert len(fold.judged[1]) == pytest.approx(JUDGED_SHARE * len(silence), rel=0.1)
        assert np.isin(fold.judged[0][:, 0], silence).all()
    sizes = [len(fold.learned[1]) for fold in folds]
    assert sizes == sorted(sizes, reverse=True)


def test_one_moment_has_no_later_one(past: Examples) -> None:
    one = past.at(past.matrix.cut_offs[0])
    assert later_folds(Rows(CHURN, one, one.label, seed=0), 3, 1) == []


def test_each_third_of_the_customers_is_judged_by_what_the_others_teach(past: Examples) -> None:
    one = past.at(past.matrix.cut_offs[0])
    rows = Rows(CHURN, one, one.label, seed=0)
    folds = other_folds(rows, 1)
    assert len(folds) == THIRDS
    assert sum(len(fold.judged[1]) for fold in folds) == len(one)
    assert all(len(fold.judged[1]) + len(fold.learned[1]) == len(one) for fold in folds)


def test_less_is_clear_beyond_noise_only() -> None:
    drawn = np.random.default_rng(0).normal(size=1000)
    noise = drawn - drawn.mean()
    assert clearly_less(noise - 0.5, np.zeros(1000))
    assert not clearly_less(noise - 0.05, np.zeros(1000))
    assert not clearly_less(noise + 0.5, np.zeros(1000))


def test_a_loss_does_not_depend_on_the_level() -> None:
    actual, odds = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.2, 3.0, 2.0, 1.0])
    first, second = (loss(part / (1 + part), actual, TaskKind.PROBABILITY) for part in (odds, 7 * odds))
    assert first == pytest.approx(second)
    spent = np.array([0.0, 10.0, 90.0])
    assert loss(spent + 1, spent, TaskKind.AMOUNT) == pytest.approx(loss(5 * (spent + 1), spent, TaskKind.AMOUNT))


@pytest.mark.parametrize("kind", TaskKind)
def test_predictions_in_the_right_order_lose_less(kind: TaskKind) -> None:
    actual, predicted = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.2, 0.6, 0.9])
    assert loss(predicted, actual, kind).mean() < loss(predicted[::-1], actual, kind).mean()
