import numpy as np

from features.matrix import FeatureMatrix
from models.examples import Examples
from models.model import Model
from models.trees import READ_AT_ONCE, Trees
from tests.models.shop import cut_offs


def test_many_rows_are_predicted_as_few_are(churn: Model, past: Examples) -> None:
    trees, few = churn.trees, past.matrix.at(cut_offs(1)[0])
    assert isinstance(trees, Trees)
    times = READ_AT_ONCE // len(few) + 1
    many = FeatureMatrix(
        np.tile(few.customer_id, times), np.tile(few.as_of, times), few.features, np.tile(few.values, (times, 1))
    )
    assert len(many) > READ_AT_ONCE
    assert np.array_equal(trees.predict(many, threads=1), np.tile(trees.predict(few, threads=1), times))
    pushes = trees.pushes(many, threads=1)
    assert np.array_equal(pushes[-len(few) :], trees.pushes(few, threads=1))
    assert pushes.shape == (len(many), len(trees.columns))


def test_nobody_is_pushed_nowhere(churn: Model, past: Examples) -> None:
    trees = churn.trees
    assert isinstance(trees, Trees)
    nobody = past.matrix.where(np.zeros(len(past), dtype=bool))
    assert trees.predict(nobody, threads=1).shape == (0,)
    assert trees.pushes(nobody, threads=1).shape == (0, len(trees.columns))
