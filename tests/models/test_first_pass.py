from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from models.examples import Examples
from models.first_pass import GLANCED_AT, glance
from models.model import Model
from models.tasks import TaskKind
from models.training import train
from models.trees import MANY_COLUMNS
from tests.models.shop import AS_OF, CHURN, Floats, cut_offs, matrix_of, shop

NOISE = 200


def with_noise(examples: Examples, seed: int = 0) -> Examples:
    """The same customers with 200 more features that say nothing."""
    matrix = examples.matrix
    noise = np.random.default_rng(seed).normal(size=(len(matrix), NOISE))
    described = tuple(FeatureColumn(f"noise_{number}", "", "", "", "noise") for number in range(NOISE))
    wide = replace(matrix, features=(*described, *matrix.features), values=np.hstack([noise, matrix.values]))
    return replace(examples, matrix=wide)


def telling(seed: int = 0) -> tuple[FeatureMatrix, Floats]:
    """2,000 rows; of 100 features the last tells what came of the first half of them, the first of the second half."""
    random = np.random.default_rng(seed)
    values, target = random.normal(size=(2000, 100)), random.integers(0, 2, 2000).astype(float)
    values[:1000, 99], values[1000:, 0] = target[:1000], target[1000:]
    columns = [FeatureColumn(f"f{number:02}", "", "", "", "") for number in range(100)]
    rows = [dict(zip((column.name for column in columns), row, strict=True)) for row in values.tolist()]
    return matrix_of(rows, columns=columns), target


def test_few_features_are_all_worth_reading() -> None:
    matrix, target = telling()
    names = matrix.names[:MANY_COLUMNS]
    everybody = np.ones(2000, dtype=bool)
    found = glance(matrix, names, seed=0).best(everybody, target, TaskKind.PROBABILITY, seed=0, threads=1)
    assert found == names


@pytest.mark.parametrize(("half", "tells"), [(slice(0, 1000), "f99"), (slice(1000, 2000), "f00")])
def test_what_is_worth_reading_is_told_by_the_chosen_rows(half: slice, tells: str) -> None:
    matrix, target = telling()
    chosen = np.zeros(2000, dtype=bool)
    chosen[half] = True
    found = glance(matrix, matrix.names, seed=0).best(chosen, target[half], TaskKind.PROBABILITY, seed=0, threads=1)
    assert len(found) == MANY_COLUMNS
    assert list(found) == sorted(found)
    assert tells in found


def test_no_more_rows_are_glanced_at_than_it_takes() -> None:
    rows = glance(_long(GLANCED_AT + 5), ("f0",), seed=1).rows
    assert len(rows) == len(set(rows.tolist())) == GLANCED_AT
    assert (np.diff(rows) > 0).all()
    assert glance(_long(7), ("f0",), seed=1).rows.tolist() == list(range(7))


@pytest.fixture(scope="module")
def noisy(past: Examples) -> Model:
    return train(CHURN, with_noise(past), as_of=AS_OF, seed=0)


def test_a_model_reads_no_more_than_it_has_use_for(noisy: Model) -> None:
    assert noisy.trees is not None
    assert len(noisy.trees.columns) == MANY_COLUMNS
    assert {"days_since_last_order", "orders_365d", "overdue_ratio"} <= set(noisy.features)


def test_features_that_say_nothing_cost_little(noisy: Model, churn: Model) -> None:
    others = shop(2500, cut_offs(1), seed=1)
    plain = roc_auc_score(others.label, churn.predict(others.matrix))
    assert roc_auc_score(others.label, noisy.predict(with_noise(others, 1).matrix)) > plain - 0.015


def _long(rows: int) -> FeatureMatrix:
    values = np.arange(float(rows))[:, None]
    moments = np.full(rows, np.datetime64("2026-09-01", "us"))
    return FeatureMatrix(values[:, 0].astype(object), moments, (FeatureColumn("f0", "", "", "", ""),), values)
