"""Shallow boosted trees."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from features.matrix import FeatureMatrix
from models.columns import columns as columns_of
from models.link import TWEEDIE_POWER, Floats
from models.orders.foresight import COLUMNS, STAND_FOR, Foresight
from models.tasks import TaskKind

THREADS = 1  # they wait for one another after every split: on cores that are shared, two were ten times slower than one
READ_AT_ONCE = 100_000  # rows: what a prediction copies of a matrix stays small beside it


@dataclass(frozen=True)
class Growth:
    """How the trees grow: few leaves on many customers; more leaves ranked later cut-offs of real shops no better."""

    rounds: int = 150
    leaves: int = 6
    learning_rate: float = 0.08
    rows_per_leaf: int = 100
    ridge: float = 10.0
    columns_per_tree: float = 0.5
    rows_per_tree: float = 0.7
    bins: int = 63


MANY_COLUMNS = 60
SLOWLY = Growth(rounds=200, leaves=4, learning_rate=0.04)  # where few columns tell customers apart
# Where few columns tell much: leaves of fewer rows, and trees that see most columns, of which none stands for another.
AMPLY = Growth(200, 12, 0.04, rows_per_leaf=40, ridge=1.0, columns_per_tree=0.8, rows_per_tree=0.8)


@dataclass(frozen=True)
class Trees:
    """LightGBM's trees and the features that they read, NaN being null.

    With a `foresight` they read its columns, too, after the features.
    """

    columns: tuple[str, ...]
    booster: lgb.Booster
    foresight: Foresight | None = None

    def predict(self, matrix: FeatureMatrix, *, threads: int) -> Floats:
        """Return a probability or an amount, of shape (n,)."""
        parts = [self.booster.predict(read, num_threads=threads) for read in self._parts(matrix)]
        return np.concatenate([np.empty(0), *parts])

    def pushes(self, matrix: FeatureMatrix, *, threads: int) -> Floats:
        """Return each feature's push of the score by TreeSHAP, of shape (n, columns).

        What the foresight pushes is counted with the features that it stands for.
        """
        shap = [self._shap(read, threads) for read in self._parts(matrix)]
        return np.concatenate([np.empty((0, len(self.columns))), *shap])

    def _shap(self, read: Floats, threads: int) -> Floats:
        """Return the pushes of some rows; the last column of LightGBM's is the same for everybody, and cut off."""
        told = np.asarray(self.booster.predict(read, pred_contrib=True, num_threads=threads))
        pushes = told[:, : len(self.columns)]
        if self.foresight is not None:
            for place, name in enumerate(STAND_FOR, start=len(self.columns)):
                pushes[:, self.columns.index(name)] += told[:, place]
        return pushes

    def _parts(self, matrix: FeatureMatrix) -> Iterator[Floats]:
        """Yield what the trees read of so many rows at a time."""
        for start in range(0, len(matrix), READ_AT_ONCE):
            rows = slice(start, start + READ_AT_ONCE)
            some = FeatureMatrix(matrix.customer_id[rows], matrix.as_of[rows], matrix.features, matrix.values[rows])
            yield self.read(some)

    def read(self, matrix: FeatureMatrix) -> Floats:
        """Return what the trees read of the rows, of shape (n, features and foresight)."""
        if self.foresight is None:
            return columns_of(matrix, self.columns)
        read = columns_of(matrix, (*self.columns, *COLUMNS))
        read[:, len(self.columns) :] = self.foresight.columns(matrix)
        return read


def growth_for(columns: int) -> Growth:
    """Return how trees on so many columns grow unless they are told otherwise."""
    return Growth() if columns >= MANY_COLUMNS else SLOWLY


def grow(read: Floats, target: Floats, kind: TaskKind, growth: Growth, *, seed: int, threads: int) -> lgb.Booster:
    """Grow trees on `read` of shape (n, columns); the same seed gives the same trees."""
    how = settings(growth, kind, seed, threads)
    return lgb.train(how, lgb.Dataset(read, target, params=how), growth.rounds)


def settings(growth: Growth, kind: TaskKind, seed: int, threads: int) -> dict[str, Any]:
    """Return LightGBM's words for it."""
    return {
        "objective": "binary" if kind is TaskKind.PROBABILITY else "tweedie",
        "tweedie_variance_power": TWEEDIE_POWER,
        "num_leaves": growth.leaves,
        "learning_rate": growth.learning_rate,
        "min_child_samples": growth.rows_per_leaf,
        "lambda_l2": growth.ridge,
        "feature_fraction": growth.columns_per_tree,
        "bagging_fraction": growth.rows_per_tree,
        "bagging_freq": 1,
        "max_bin": growth.bins,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }
