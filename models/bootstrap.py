"""How sure a difference between two predictions is, were the customers drawn again."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from models.link import Floats
from models.ranking import Ranking, rank
from models.tasks import TaskKind

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Difference:
    """The first prediction's figure minus the second's, with its 95 % interval."""

    difference: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return the three figures by name."""
        return asdict(self)


def ranking_difference(
    first: Floats,
    second: Floats,
    actual: Floats,
    customer_id: npt.NDArray[np.object_],
    kind: TaskKind,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Difference:
    """Return the difference in AUC (for an amount, in Gini) of two predictions for the same rows of shape (n,).

    A paired bootstrap that draws customers, not rows, since one customer's rows at several cut-offs agree.
    """
    rankings = rank(first), rank(second), rank(actual)
    names, customer = np.unique(customer_id.astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    draws = (np.bincount(random.integers(len(names), size=len(names)), minlength=len(names)) for _ in range(resamples))
    gaps = [_gap(rankings, actual, draw[customer].astype(float), kind) for draw in draws]
    low, high = np.nanpercentile(gaps, INTERVAL)
    return Difference(_gap(rankings, actual, np.ones(len(actual)), kind), float(low), float(high))


def _gap(rankings: tuple[Ranking, Ranking, Ranking], actual: Floats, weights: Floats, kind: TaskKind) -> float:
    first, second, perfect = rankings
    if kind is TaskKind.PROBABILITY:
        return first.auc(actual, weights) - second.auc(actual, weights)
    areas = first.gains_area(actual, weights) - second.gains_area(actual, weights)
    return areas / perfect.gains_area(actual, weights)
