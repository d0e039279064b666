"""How good a ranking of categories was, once it is known from which a customer bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from models.judging.bootstrap import INTERVAL, Difference, draws
from models.judging.evaluation import Metrics, expected_calibration_error
from models.link import NEARLY, Floats

FIGURES = ("hit_rate_1", "hit_rate_3", "mrr", "log_loss")
RESAMPLES = 500


@dataclass(frozen=True)
class ByRow:
    """Each customer's figures; those of a ranking are NaN for customers who bought nothing, of shape (n, figures)."""

    values: Floats

    def mean(self, weights: Floats) -> Floats:
        """Return the weighted mean of each figure over the customers who have it; NaN when nobody does."""
        known = ~np.isnan(self.values)
        total = weights @ known
        mean: Floats = np.divide(
            weights @ np.where(known, self.values, 0), total, out=np.full(len(FIGURES), np.nan), where=total > 0
        )
        return mean


def by_row(score: Floats, probability: Floats, bought: Floats) -> ByRow:
    """Return what each customer adds to the figures, for scores, probabilities and outcomes of shape (n, categories).

    `hit_rate_1` and `hit_rate_3` say whether a category bought was first, or among the first three; `mrr` is 1 over the
    place of the first one that was bought; all three of customers who bought. `log_loss` is the mean over categories.
    """
    order = np.argsort(-score, axis=1, kind="stable")
    hits = np.take_along_axis(bought, order, axis=1)
    bounded = np.clip(probability, NEARLY, 1 - NEARLY)
    surprise = -np.where(bought > 0, np.log(bounded), np.log(1 - bounded)).mean(axis=1)
    ranking = np.stack([hits[:, 0], hits[:, :3].max(axis=1), 1 / (hits.argmax(axis=1) + 1)])
    return ByRow(np.column_stack([*np.where(bought.any(axis=1), ranking, np.nan), surprise]))


def evaluate_ranking(score: Floats, probability: Floats, bought: Floats) -> Metrics:
    """Return the figures by name, with the calibration error over all customers and categories.

    `n` counts customers, `buyers` those who bought; `total_ratio` is predicted over actual categories bought from.
    """
    mean = by_row(score, probability, bought).mean(np.ones(len(bought)))
    return MappingProxyType(
        {
            "n": float(len(bought)),
            "buyers": float(bought.any(axis=1).sum()),
            **dict(zip(FIGURES, map(float, mean), strict=True)),
            "ece": expected_calibration_error(probability.ravel(), bought.ravel()),
            "total_ratio": float(probability.sum() / bought.sum()) if bought.any() else np.nan,
        }
    )


def differences(
    first: ByRow, second: ByRow, customer_id: npt.NDArray[np.object_], *, seed: int, resamples: int = RESAMPLES
) -> Mapping[str, Difference]:
    """Return the first's figures minus the second's with their 95 % intervals, customers drawn again."""
    drawn = np.array(
        [first.mean(weights) - second.mean(weights) for weights in draws(customer_id, seed=seed, resamples=resamples)]
    )
    whole = first.mean(np.ones(len(first.values))) - second.mean(np.ones(len(first.values)))
    low, high = np.nanpercentile(drawn, INTERVAL, axis=0)
    return {
        name: Difference(*(float(each[place]) for each in (whole, low, high))) for place, name in enumerate(FIGURES)
    }


def intervals(
    rows: ByRow, customer_id: npt.NDArray[np.object_], *, seed: int, resamples: int = RESAMPLES
) -> Mapping[str, tuple[float, float]]:
    """Return the 95 % interval of each figure, customers drawn again."""
    drawn = np.array([rows.mean(weights) for weights in draws(customer_id, seed=seed, resamples=resamples)])
    low, high = np.nanpercentile(drawn, INTERVAL, axis=0)
    return {name: (float(low[place]), float(high[place])) for place, name in enumerate(FIGURES)}
