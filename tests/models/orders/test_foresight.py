from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from features.matrix import FeatureMatrix, utc_us
from models.artefacts import load_model, save_model
from models.columns import narrowed
from models.examples import Examples, pool
from models.model import Model
from models.orders.btyd import READ, Btyd
from models.orders.foresight import COLUMNS, STAND_FOR, Foresight, foresee
from models.tasks import Task
from models.training import train
from tests.models.ordering import lives
from tests.models.ordering import matrix as ordering
from tests.models.shop import AS_OF, CHURN, SPEND

PEOPLE = lives(3000, youngest=200)
AGO = (120.0, 90.0)


def at(ago: float, horizon_days: float = 90) -> Examples:
    """Everybody who had ordered so many days ago, and who did not order in the days after."""
    history = PEOPLE.history(ago)
    told = ordering(np.nan_to_num(history.repeats), np.nan_to_num(history.last), history.age)
    moment: datetime = AS_OF - timedelta(days=ago)
    matrix = replace(told, as_of=np.full(len(told), utc_us(moment)))
    return Examples(matrix, (PEOPLE.orders_since(ago, horizon_days) == 0).astype(float))


@pytest.fixture(scope="module")
def learned() -> Examples:
    return pool([at(ago) for ago in AGO])


@pytest.fixture(scope="module")
def model(learned: Examples) -> Model:
    return train(CHURN, learned, as_of=AS_OF, seed=0)


def fitted(matrix: FeatureMatrix) -> Foresight:
    foreseen = foresee(CHURN, matrix)
    assert foreseen is not None
    return foreseen[0]


def test_every_cut_off_is_foreseen_by_a_fit_of_its_own(learned: Examples) -> None:
    foreseen = foresee(CHURN, learned.matrix)
    assert foreseen is not None
    earlier, later = (at(ago).matrix for ago in AGO)
    first, second = fitted(earlier), fitted(later)
    assert first.btyd != second.btyd
    assert foreseen[0] == second
    assert np.array_equal(foreseen[1], np.concatenate([first.columns(earlier), second.columns(later)]))


def test_the_chance_is_over_the_tasks_horizon(learned: Examples) -> None:
    near, far = (replace(fitted(learned.matrix), horizon_days=days).columns(learned.matrix) for days in (30, 90))
    assert (far > near).all()
    assert (far[:, 1] <= 1).all()


@pytest.mark.parametrize(
    "task",
    [SPEND, replace(CHURN, target="never(page_viewed)")],
    ids=["an amount", "something else than orders"],
)
def test_what_gains_nothing_from_it_has_no_foresight(task: Task, learned: Examples) -> None:
    assert foresee(task, learned.matrix) is None


def test_a_cut_off_without_a_fit_leaves_all_without(learned: Examples) -> None:
    few = learned.where(np.arange(len(learned)) >= len(at(AGO[0])) - 10)
    assert few.matrix.cut_offs == learned.matrix.cut_offs
    assert foresee(CHURN, few.matrix) is None


def test_a_shop_without_the_features_has_no_foresight(past: Examples, churn: Model) -> None:
    assert foresee(CHURN, past.matrix) is None
    assert churn.trees is not None
    assert churn.trees.foresight is None


def test_a_model_reads_what_its_foresight_reads_and_predicts_one_customer_as_among_many(
    model: Model, learned: Examples
) -> None:
    assert set(model.features) >= set(READ)
    assert not set(model.features) & set(COLUMNS)
    alone = learned.matrix.where(np.arange(len(learned)) == 7)
    assert model.predict(alone) == pytest.approx(model.predict(learned.matrix)[7:8], abs=0)
    assert roc_auc_score(learned.label, model.predict(learned.matrix)) > 0.75


def test_pushes_of_foresight_are_counted_with_what_it_stands_for(model: Model, learned: Examples) -> None:
    trees, matrix = model.trees, narrowed(learned.matrix, READ)
    assert trees is not None
    assert trees.foresight is not None
    pushes = trees.pushes(matrix, threads=1)
    assert pushes.shape == (len(matrix), len(trees.columns))
    score = np.log(1 / (1 / trees.predict(matrix, threads=1) - 1))
    assert np.ptp(score - pushes.sum(axis=1)) == pytest.approx(0, abs=1e-9)
    standing = [trees.columns.index(name) for name in STAND_FOR]
    assert np.abs(pushes[:, standing]).mean() > 0


def test_a_model_read_back_foresees_the_same(model: Model, learned: Examples, tmp_path: Path) -> None:
    save_model(tmp_path, model, {})
    again = load_model(tmp_path)
    assert again.trees is not None
    assert model.trees is not None
    assert again.trees.foresight == model.trees.foresight
    assert np.array_equal(again.predict(learned.matrix), model.predict(learned.matrix))


def test_foresight_survives_as_plain_values() -> None:
    one = Foresight(Btyd(0.8, 45.0, 0.6, 3.0), 90.0)
    assert Foresight.from_dict(one.as_dict()) == one
