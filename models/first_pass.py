"""Which of hundreds of features are worth reading: those that a few quick trees gain most from."""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.columns import columns as columns_of
from models.link import Floats
from models.tasks import TaskKind
from models.trees import MANY_COLUMNS, THREADS, Growth, settings

QUICK = Growth(rounds=40, learning_rate=0.15, columns_per_tree=0.2)
GLANCED_AT = 20_000  # rows, at random: enough to tell which columns deserve a second look


@dataclass(frozen=True)
class Glance:
    """Some of the rows to learn from, sorted into bins by every usable feature: once for all fits on some of the rows.

    `rows` are their places, in order. Bins follow from the features alone, not from what came of anybody.
    """

    rows: npt.NDArray[np.int_]
    columns: tuple[str, ...]
    bins: lgb.Dataset

    def best(
        self, chosen: npt.NDArray[np.bool_], target: Floats, kind: TaskKind, *, seed: int, threads: int
    ) -> tuple[str, ...]:
        """Return the columns with the most gain, in their order; all of them where they are few.

        It learns from the chosen rows alone, as far as they were glanced at; `target` has the shape (chosen,).
        """
        if len(self.columns) <= MANY_COLUMNS:
            return self.columns
        how, places = settings(QUICK, kind, seed, threads), np.flatnonzero(chosen[self.rows])
        part = self.bins.subset(places.tolist(), params=how).construct()
        part.set_label(target[np.cumsum(chosen)[self.rows[places]] - 1])
        gain = lgb.train(how, part, QUICK.rounds).feature_importance("gain")
        best = np.sort(np.argsort(-gain, kind="stable")[:MANY_COLUMNS])
        return tuple(self.columns[place] for place in best)


def glance(matrix: FeatureMatrix, columns: Sequence[str], *, seed: int) -> Glance:
    """Sort at most 20,000 rows into bins; the same seed chooses the same."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(matrix))[:GLANCED_AT])
    seen = np.zeros(len(matrix), dtype=np.bool_)
    seen[rows] = True
    how = settings(QUICK, TaskKind.PROBABILITY, seed, THREADS)  # of which the bins take their number alone
    return Glance(rows, tuple(columns), lgb.Dataset(columns_of(matrix, columns, seen), params=how).construct())
