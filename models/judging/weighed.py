"""The figures of predictions whose rows count more than once or not at all, as in a bootstrap."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.judging.evaluation import BINS, TOP_SHARE
from models.judging.ranking import Ranking, rank
from models.link import NEARLY, Floats
from models.tasks import TaskKind


@dataclass(frozen=True)
class Weighed:
    """Predictions and outcomes of shape (n,), sorted and put into bins once; each figure then takes weights.

    With every weight one a figure is that of `models.judging.evaluation`. Bins stay those of the unweighed rows.
    """

    predicted: Floats
    actual: Floats
    kind: TaskKind

    def figures(self, weights: Floats, names: Collection[str] = ()) -> Mapping[str, float]:
        """Return the kind's main figures by name, or those of `names`; NaN where the rows that count give none."""
        known = PROBABILITY_FIGURES if self.kind is TaskKind.PROBABILITY else AMOUNT_FIGURES
        return {name: float(known[name](self, weights)) for name in names or known}

    def calibration(self, weights: Floats) -> float:
        """Return how far off the predictions are: ECE, for an amount the distance of predicted over actual from 1."""
        return self.ece(weights) if self.kind is TaskKind.PROBABILITY else abs(self.total_ratio(weights) - 1)

    def auc(self, weights: Floats) -> float:
        """Return the area under the ROC curve."""
        return self.ranking.auc(self.actual, weights)

    def average_precision(self, weights: Floats) -> float:
        """Return the mean precision at each one found."""
        return self.ranking.average_precision(self.actual, weights)

    def log_loss(self, weights: Floats) -> float:
        """Return the mean surprise in nats."""
        return _mean(self._surprise, weights)

    def brier(self, weights: Floats) -> float:
        """Return the mean squared distance."""
        return _mean((self.predicted - self.actual) ** 2, weights)

    def ece(self, weights: Floats) -> float:
        """Return the calibration error over bins of equal numbers of rows."""
        gaps = np.bincount(self._bins, (self.predicted - self.actual) * weights)
        return float(np.abs(gaps).sum() / weights.sum())

    def lift(self, weights: Floats) -> float:
        """Return the mean outcome of the top tenth over everybody's."""
        mean = _mean(self.actual, weights)
        return self.ranking.top_mean(self.actual, weights, TOP_SHARE) / mean if mean else np.nan

    def mae(self, weights: Floats) -> float:
        """Return the mean distance."""
        return _mean(np.abs(self.predicted - self.actual), weights)

    def spearman(self, weights: Floats) -> float:
        """Return the correlation of ranks; NaN when either side is constant."""
        first, second = (
            ranks - _mean(ranks, weights) for ranks in (self.ranking.ranks(weights), self.perfect.ranks(weights))
        )
        spread = np.sqrt(_mean(first**2, weights) * _mean(second**2, weights))
        return _mean(first * second, weights) / spread if spread else np.nan

    def gini(self, weights: Floats) -> float:
        """Return the area of the gains over that of the perfect order."""
        perfect = self.perfect.gains_area(self.actual, weights)
        return self.ranking.gains_area(self.actual, weights) / perfect if perfect else np.nan

    def total_ratio(self, weights: Floats) -> float:
        """Return the predicted over the actual total."""
        total = float((self.actual * weights).sum())
        return float((self.predicted * weights).sum()) / total if total else np.nan

    def captured(self, weights: Floats) -> float:
        """Return the top tenth's share of the amounts."""
        total = float((self.actual * weights).sum())
        top = self.ranking.top_mean(self.actual, weights, TOP_SHARE) * self.ranking.top_size(weights, TOP_SHARE)
        return top / total if total else np.nan

    @cached_property
    def ranking(self) -> Ranking:
        """The order by prediction."""
        return rank(self.predicted)

    @cached_property
    def perfect(self) -> Ranking:
        """The order by outcome."""
        return rank(self.actual)

    @cached_property
    def _surprise(self) -> Floats:
        told = np.clip(self.predicted, NEARLY, 1 - NEARLY)
        return -(self.actual * np.log(told) + (1 - self.actual) * np.log(1 - told))

    @cached_property
    def _bins(self) -> npt.NDArray[np.int_]:
        bins = np.empty(len(self.predicted), dtype=np.int_)
        for number, group in enumerate(np.array_split(np.argsort(self.predicted, kind="stable"), BINS)):
            bins[group] = number
        return bins


def _mean(values: Floats, weights: Floats) -> float:
    return float((values * weights).sum() / weights.sum())


PROBABILITY_FIGURES: Mapping[str, Callable[[Weighed, Floats], float]] = {
    "roc_auc": Weighed.auc,
    "average_precision": Weighed.average_precision,
    "log_loss": Weighed.log_loss,
    "brier": Weighed.brier,
    "ece": Weighed.ece,
    "lift_top_decile": Weighed.lift,
}
AMOUNT_FIGURES: Mapping[str, Callable[[Weighed, Floats], float]] = {
    "mae": Weighed.mae,
    "spearman": Weighed.spearman,
    "gini": Weighed.gini,
    "total_ratio": Weighed.total_ratio,
    "captured_top_decile": Weighed.captured,
}
