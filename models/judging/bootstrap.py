"""How sure a figure, or a difference between two predictions, is, were the customers drawn again."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from models.judging.ranking import Ranking, rank
from models.judging.weighed import Weighed
from models.link import Floats
from models.tasks import TaskKind

RESAMPLES = 1000
RESAMPLES_OF_FIGURES = 300  # an interval to read, on which no decision rests
INTERVAL = (2.5, 97.5)

CustomerIds = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Difference:
    """The first prediction's figure minus the second's, with its 95 % interval."""

    difference: float
    low: float
    high: float

    def __str__(self) -> str:
        """Say it as in a sentence."""
        return f"difference {self.difference:+.3f} (95 % interval {self.low:+.3f} to {self.high:+.3f})"

    def to_json(self) -> dict[str, float]:
        """Return the three figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class Interval:
    """The 95 % interval of a figure; NaN where too few draws gave the figure."""

    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return both ends by name, NaN as null."""
        return {name: None if np.isnan(end) else end for name, end in asdict(self).items()}


def draws(customer_id: CustomerIds, *, seed: int, resamples: int) -> Iterator[Floats]:
    """Yield how often each row of shape (n,) counts when customers are drawn with replacement.

    Customers and not rows are drawn, since one customer's rows at several cut-offs agree.
    """
    names, customer = np.unique(customer_id.astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    for _ in range(resamples):
        drawn = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))
        yield drawn[customer].astype(float)


def ranking_difference(
    first: Floats,
    second: Floats,
    actual: Floats,
    customer_id: CustomerIds,
    kind: TaskKind,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Difference:
    """Return the difference in AUC (for an amount, in Gini) of two predictions for the same rows of shape (n,)."""
    rankings = rank(first), rank(second), rank(actual)
    drawn = draws(customer_id, seed=seed, resamples=resamples)
    gaps = [_gap(rankings, actual, weights, kind) for weights in drawn]
    low, high = _interval(np.array(gaps))
    return Difference(_gap(rankings, actual, np.ones(len(actual)), kind), low, high)


def calibration_difference(
    first: Floats,
    second: Floats,
    actual: Floats,
    customer_id: CustomerIds,
    kind: TaskKind,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Difference:
    """Return the difference in calibration error (for an amount, in the error of the total); below zero is better.

    Rows drawn again are noisier than the rows themselves, which raises every calibration error: the interval is moved
    back by that.
    """
    one, other = Weighed(first, actual, kind), Weighed(second, actual, kind)
    once = np.ones(len(actual))
    difference = one.calibration(once) - other.calibration(once)
    drawn = draws(customer_id, seed=seed, resamples=resamples)
    gaps = np.array([one.calibration(weights) - other.calibration(weights) for weights in drawn])
    low, high = _interval(gaps - np.nanmean(gaps) + difference)
    return Difference(difference, low, high)


def figure_intervals(
    predicted: Floats,
    actual: Floats,
    customer_id: CustomerIds,
    kind: TaskKind,
    *,
    seed: int,
    resamples: int = RESAMPLES_OF_FIGURES,
    names: Collection[str] = (),
) -> Mapping[str, Interval]:
    """Return the interval of each main figure of the kind by name; that of the calibration error moved as above.

    Of `names` alone where there are any.
    """
    weighed = Weighed(predicted, actual, kind)
    drawn = [weighed.figures(weights, names) for weights in draws(customer_id, seed=seed, resamples=resamples)]
    once = weighed.figures(np.ones(len(actual)), names)
    found = {name: np.array([figures[name] for figures in drawn]) for name in once}
    if "ece" in found:
        found["ece"] = np.maximum(found["ece"] - found["ece"].mean() + once["ece"], 0)
    return {name: interval_of(values) for name, values in found.items()}


def interval_of(values: Floats) -> Interval:
    """Return the interval of a figure by its values in all draws, of shape (draws,)."""
    return Interval(*_interval(values))


def _interval(values: Floats) -> tuple[float, float]:
    """Return the middle 95 % of the values that there are; NaN when there are none."""
    told = values[~np.isnan(values)]
    if not len(told):
        return np.nan, np.nan
    low, high = np.percentile(told, INTERVAL)
    return float(low), float(high)


def _gap(rankings: tuple[Ranking, Ranking, Ranking], actual: Floats, weights: Floats, kind: TaskKind) -> float:
    first, second, perfect = rankings
    if kind is TaskKind.PROBABILITY:
        return first.auc(actual, weights) - second.auc(actual, weights)
    areas = first.gains_area(actual, weights) - second.gains_area(actual, weights)
    return areas / perfect.gains_area(actual, weights)
