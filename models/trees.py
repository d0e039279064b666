"""Shallow boosted trees on every feature."""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from features.matrix import FeatureMatrix
from models.link import TWEEDIE_POWER, Floats
from models.tasks import TaskKind

THREADS = 1  # they wait for one another after every split: on cores that are shared, two were ten times slower than one


@dataclass(frozen=True)
class Growth:
    """How the trees grow: few leaves on many customers, slowly; more leaves ranked later cut-offs no better."""

    rounds: int = 200
    leaves: int = 4
    learning_rate: float = 0.04
    rows_per_leaf: int = 100
    ridge: float = 10.0
    columns_per_tree: float = 0.5
    rows_per_tree: float = 0.7


@dataclass(frozen=True)
class Trees:
    """LightGBM's trees and the features that they read, NaN being null."""

    columns: tuple[str, ...]
    booster: lgb.Booster

    def predict(self, matrix: FeatureMatrix, *, threads: int) -> Floats:
        """Return a probability or an amount, of shape (n,)."""
        return np.asarray(self.booster.predict(_values(matrix, self.columns), num_threads=threads))

    def pushes(self, matrix: FeatureMatrix, *, threads: int) -> Floats:
        """Return each feature's push of the score by TreeSHAP, of shape (n, columns)."""
        read = _values(matrix, self.columns)
        shap = np.asarray(self.booster.predict(read, pred_contrib=True, num_threads=threads))
        return shap[:, :-1]  # the last column is the same for everybody


def fit_trees(
    matrix: FeatureMatrix, target: Floats, kind: TaskKind, columns: Sequence[str], *, seed: int, threads: int
) -> Trees:
    """Fit LightGBM on the columns; the same seed gives the same trees."""
    growth = Growth()
    settings = {
        "objective": "binary" if kind is TaskKind.PROBABILITY else "tweedie",
        "tweedie_variance_power": TWEEDIE_POWER,
        "num_leaves": growth.leaves,
        "learning_rate": growth.learning_rate,
        "min_child_samples": growth.rows_per_leaf,
        "lambda_l2": growth.ridge,
        "feature_fraction": growth.columns_per_tree,
        "bagging_fraction": growth.rows_per_tree,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }
    return Trees(tuple(columns), lgb.train(settings, lgb.Dataset(_values(matrix, columns), target), growth.rounds))


def _values(matrix: FeatureMatrix, columns: Sequence[str]) -> Floats:
    return np.stack([matrix.column(name) for name in columns], axis=1)
