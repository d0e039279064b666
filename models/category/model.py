"""A trained model of which category a customer buys from next: ranked, with a probability each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from models.category.linear import PairLinear
from models.category.pairs import COLUMNS, Candidates, Known, pairs, popularity
from models.columns import of_rows
from models.link import Floats, link, unlink
from models.model import Calibration
from models.tasks import Task, TaskKind
from models.trees import THREADS
from pipeline.errors import ModelError

CATEGORY = Task(
    "category",
    "orders_365d >= 1",
    "happened(item_purchased)",
    timedelta(days=30),
    words="Which product category is bought from within {horizon}, by a customer who ordered in the last year.",
)
PLACES = 3
AT_ONCE = 20_000  # customers: each has a row for every category
KIND = TaskKind.PROBABILITY


@dataclass(frozen=True)
class Ranked:
    """The likeliest categories first, and the probability of buying from each within the horizon, of shape (n, 3).

    A shop with fewer candidates has null in the last places.
    """

    categories: npt.NDArray[np.object_]
    probabilities: Floats


@dataclass(frozen=True)
class CategoryCard:
    """What a model was made from: enough to make it again.

    `buyers` counts the customers who bought from any category within the horizon of some cut-off; `thin` says that they
    were too few for trees. `season_shift` is what the same season a year before added to every score, on the logit;
    null where the log did not reach back to it.
    """

    trained_as_of: datetime
    cut_offs: tuple[datetime, ...]
    rows: int
    customers: int
    buyers: int
    thin: bool
    seed: int
    season_shift: float | None
    vocabulary: Vocabulary


@dataclass(frozen=True)
class CategoryModel:
    """Predicts for each customer and category whether the customer buys from it within the task's horizon.

    One model serves all categories. `trees` read `columns` of a pair; they are None for a thin model.
    """

    task: Task
    among: Candidates
    columns: tuple[str, ...]
    trees: lgb.Booster | None
    linear: PairLinear
    calibration: Calibration
    card: CategoryCard

    def rank(self, matrix: FeatureMatrix, *, threads: int = THREADS) -> Ranked:
        """Return the three likeliest categories of each row of `matrix`: all customers at one cut-off.

        All of them, because what is popular in the shop is read from everybody.
        """
        return ranked(self.predict(matrix, threads=threads), self.among)

    def predict(self, matrix: FeatureMatrix, *, threads: int = THREADS) -> Floats:
        """Return the probability of each category for all customers at one cut-off, of shape (n, categories)."""
        if len(np.unique(matrix.as_of)) > 1:
            raise ModelError(f"Categories are ranked at one moment, got {len(matrix.cut_offs)} cut-offs.")
        popular = popularity(matrix, self.among)
        found = [self.predict_pairs(pairs(part, self.among, popular), threads=threads) for part in _parts(matrix)]
        return np.concatenate([np.empty((0, len(self.among))), *found])

    def predict_pairs(self, known: Known, *, threads: int = THREADS) -> Floats:
        """Return probabilities of shape (n, categories) for pairs of shape (n, categories, columns)."""
        return unlink(self.score(known, threads=threads), KIND)

    def score(self, known: Known, *, threads: int = THREADS) -> Floats:
        """Return the calibrated logits of pairs, of shape (n, categories)."""
        rows = known.reshape(-1, len(COLUMNS))
        score = link(self.linear.predict(rows), KIND)
        if self.trees is not None and len(rows):
            read = rows[:, [COLUMNS.index(name) for name in self.columns]]
            score = (score + link(np.asarray(self.trees.predict(read, num_threads=threads)), KIND)) / 2
        return (self.calibration.slope * score + self.calibration.intercept).reshape(known.shape[:2])


def ranked(probabilities: Floats, among: Candidates) -> Ranked:
    """Return the first three places of each row of probabilities of shape (n, categories)."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :PLACES]
    shape = (len(probabilities), PLACES)
    names, chances = np.full(shape, None, dtype=np.object_), np.full(shape, np.nan)
    names[:, : order.shape[1]] = np.array(among.names, dtype=np.object_)[order]
    chances[:, : order.shape[1]] = np.take_along_axis(probabilities, order, axis=1)
    return Ranked(names, chances)


def _parts(matrix: FeatureMatrix) -> Iterator[FeatureMatrix]:
    for start in range(0, len(matrix), AT_ONCE):
        rows = np.zeros(len(matrix), dtype=np.bool_)
        rows[start : start + AT_ONCE] = True
        yield of_rows(matrix, rows)
