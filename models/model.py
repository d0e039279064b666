"""A trained model: trees and a linear model, blended and calibrated."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from models.linear import Linear
from models.link import Floats, link, unlink
from models.orders.btyd import READ
from models.orders.translation import Translation
from models.tasks import Task
from models.trees import THREADS, Growth, Trees
from pipeline.errors import ModelError, did_you_mean


@dataclass(frozen=True)
class Searched:
    """What a search for a better growth of trees tried: mean losses on later cut-offs, and whether it was clearly so.

    `growth` is the one that the model has, the usual one where the best was not `kept`.
    """

    trials: int
    usual_loss: float
    best_loss: float
    kept: bool
    growth: Growth


@dataclass(frozen=True)
class Card:
    """What a model was made from: enough to make it again.

    `positives` counts the customers for whom the target was true (an amount was positive) at some cut-off,
    `negatives` those for whom it was not; `thin` says that there were too few for trees. `season_shift` is what the
    same season a year before added to every score, on the link's scale; null where the log did not reach back to it,
    as is `season_slope`, by which it drew the scores of a probability together before. `vocabulary` is what its
    features were built with, and must be whenever it predicts. `rounds` is how many trees there are, null for a thin
    model; `searched` is null where nobody asked for a search. `translated_from_days` is the horizon that it learned
    where no cut-off was old enough for its own, and `translation_doubt` how far off the level may then be, on the
    link's scale.
    """

    trained_as_of: datetime
    cut_offs: tuple[datetime, ...]
    rows: int
    customers: int
    positives: int
    negatives: int
    thin: bool
    seed: int
    season_shift: float | None
    vocabulary: Vocabulary
    rounds: int | None = None
    searched: Searched | None = None
    season_slope: float | None = None
    translated_from_days: float | None = None
    translation_doubt: float | None = None


@dataclass(frozen=True)
class Calibration:
    """A line on the blended scale, fitted on customers that the blend had not seen."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class Model:
    """Predicts one task for customers at a moment.

    `trees` is None for a thin model. `linear` has one part for a probability; for an amount two, the
    chance of any and how much if any, whose product is the prediction.
    """

    task: Task
    trees: Trees | None
    linear: tuple[Linear, ...]
    calibration: Calibration
    card: Card
    translation: Translation | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """Every feature that a prediction reads."""
        trees = self.trees.columns if self.trees else ()
        linear = (name for part in self.linear for name in part.columns)
        return tuple(dict.fromkeys((*trees, *linear, *(READ if self.translation else ()))))

    def predict(self, matrix: FeatureMatrix, *, threads: int = THREADS) -> Floats:
        """Return a probability or an expected amount for each row, of shape (n,)."""
        return unlink(self.score(matrix, threads=threads), self.task.kind)

    def score(self, matrix: FeatureMatrix, *, threads: int = THREADS) -> Floats:
        """Return the prediction on its link's scale (logit or logarithm), of shape (n,)."""
        self.require(matrix.names)
        if not len(matrix):
            return np.empty(0)
        score = self.calibration.slope * self._blend(matrix, threads) + self.calibration.intercept
        return score if self.translation is None else score + self.translation.shift(matrix)

    def _blend(self, matrix: FeatureMatrix, threads: int) -> Floats:
        kind = self.task.kind
        linear = link(np.prod([part.predict(matrix) for part in self.linear], axis=0), kind)
        if self.trees is None:
            return linear
        return (link(self.trees.predict(matrix, threads=threads), kind) + linear) / 2

    def require(self, names: Collection[str]) -> None:
        """Raise a ModelError unless every feature that a prediction reads is among the names."""
        for name in self.features:
            if name not in names:
                raise ModelError(
                    f'The {self.task.name} model reads the feature "{name}", which these features lack. '
                    f"Train it again on the present feature set.{did_you_mean(name, names)}",
                )
