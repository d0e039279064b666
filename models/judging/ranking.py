"""An order of customers by prediction, sorted once and then weighed any number of times."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.link import Floats


@dataclass(frozen=True)
class Ranking:
    """Rows from the highest prediction down; rows with equal predictions form one group and share their place.

    `order` has shape (n,), `starts` the position of each group's first row.
    """

    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]

    def auc(self, actual: Floats, weights: Floats) -> float:
        """Return the chance that a row with outcome 1 stands above one with 0; NaN if either is missing."""
        wins, losses = self._sums(actual * weights), self._sums((1 - actual) * weights)
        pairs = wins.sum() * losses.sum()
        above = np.cumsum(wins) - wins / 2
        return float((losses * above).sum() / pairs) if pairs else np.nan

    def gains_area(self, actual: Floats, weights: Floats) -> float:
        """Return the area between the cumulative share of the amounts and the diagonal; NaN without any amount."""
        amounts, rows = self._sums(actual * weights), self._sums(weights)
        whole = amounts.sum() * rows.sum()
        gained = np.cumsum(amounts) - amounts / 2
        return float((rows * gained).sum() / whole - 0.5) if whole else np.nan

    def average_precision(self, actual: Floats, weights: Floats) -> float:
        """Return the mean, over rows with outcome 1, of the share of 1 from the top down to them; NaN without any."""
        wins, rows = self._sums(actual * weights), self._sums(weights)
        found, seen = np.cumsum(wins), np.cumsum(rows)
        precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
        return float((wins * precision).sum() / found[-1]) if found[-1] else np.nan

    def ranks(self, weights: Floats) -> Floats:
        """Return each row's place from the top, those that share a group the middle of it, of shape (n,)."""
        rows = self._sums(weights)
        sizes = np.diff(np.append(self.starts, len(self.order)))
        ranks = np.empty(len(self.order))
        ranks[self.order] = np.repeat(np.cumsum(rows) - rows / 2, sizes)
        return ranks

    def top_mean(self, actual: Floats, weights: Floats, share: float) -> float:
        """Return the mean outcome of the highest share of the rows, at least one row."""
        ordered, limit = weights[self.order], self.top_size(weights, share)
        taken = np.clip(limit - (np.cumsum(ordered) - ordered), 0, ordered)
        return float((taken * actual[self.order]).sum() / limit)

    @staticmethod
    def top_size(weights: Floats, share: float) -> float:
        """Return how many rows the highest share is."""
        return float(max(round(float(weights.sum()) * share), 1))

    def _sums(self, amounts: Floats) -> Floats:
        return np.add.reduceat(amounts[self.order], self.starts)


def rank(predicted: Floats) -> Ranking:
    """Sort predictions of shape (n,), n being at least one."""
    order = np.argsort(-predicted, kind="stable")
    ordered = predicted[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return Ranking(order, starts)


def gini(predicted: Floats, actual: Floats) -> float:
    """Return how well predictions order the amounts: 1 as well as the amounts themselves, 0 at random.

    The area between the gains curve and the diagonal over the same area of the perfect order.
    """
    once = np.ones(len(actual))
    perfect = rank(actual).gains_area(actual, once)
    return rank(predicted).gains_area(actual, once) / perfect if perfect else np.nan
