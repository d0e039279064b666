"""The clusters of one kind of customers: those with one order, or those with more."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.clusters.count import Tried, choose_count, distances, fit_centres, spread, try_counts
from models.clusters.space import Space, Topic, fit_space
from models.link import Floats

LEAST_CUSTOMERS = 100  # fewer of a kind are one cluster
MARGIN = 0.1  # who is nearer to one centre than to the next by less is between the two
MOST_UNCLEAR = 0.2  # of the customers that clusters are found among
MUCH_BETTER = 0.8  # of the squared distance: below it a fresh start replaces what was there before

Ints = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Centres of shape (clusters, axes) in a space, the least margin of a clear member, and what was tried."""

    space: Space
    centres: Floats
    margin: float
    tried: tuple[Tried, ...]

    def __len__(self) -> int:
        return len(self.centres)

    @property
    def chosen(self) -> Tried | None:
        """How stable and separate the clusters are; None where there is one cluster, or the number was not tried."""
        return next((each for each in self.tried if each.count == len(self)), None)

    def assign(self, matrix: FeatureMatrix) -> tuple[Ints, Mask]:
        """Return the number of each row's nearest cluster and whether it is clearly that, both of shape (n,)."""
        apart = distances(self.space.place(matrix), self.centres)
        return apart.argmin(axis=1), _margins(apart) >= self.margin

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "space": self.space.as_dict(),
            "centres": self.centres.tolist(),
            "margin": self.margin,
            "tried": [asdict(each) for each in self.tried],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Part":
        """Return the part that `as_dict` told of."""
        tried = tuple(Tried(**each) for each in told["tried"])
        return cls(Space.from_dict(told["space"]), np.array(told["centres"], np.float64), float(told["margin"]), tried)


def find_part(
    matrix: FeatureMatrix,
    topics: Sequence[Topic],
    *,
    least_share: float,
    seed: int,
    before: tuple[Ints, int] | None = None,
) -> Part:
    """Find the clusters among rows of one kind, none of which has less than the least share of the rows.

    `before` says in which of how many earlier clusters each row is: their number stays while it is stable, and their
    places are where the search starts, so that clusters are kept on rather than found anew.
    """
    space = fit_space(matrix, topics)
    points = space.place(matrix)
    if len(matrix) < LEAST_CUSTOMERS:
        return Part(space, _one(points), 0.0, ())
    number = before[1] if before else None
    tried = try_counts(points, least_share=least_share, seed=seed, before=number)
    count = choose_count(tried, number)
    if count == 1:
        return Part(space, _one(points), 0.0, tried)
    centres = _centres(points, count, seed, before)
    return Part(space, centres, _least_margin(distances(points, centres)), tried)


def _centres(points: Floats, count: int, seed: int, before: tuple[Ints, int] | None) -> Floats:
    fresh = fit_centres(points, count, seed=seed)
    if before is None or before[1] != count or len(np.unique(before[0])) < count:
        return fresh
    start = np.array([points[before[0] == number].mean(axis=0) for number in range(count)])
    kept = fit_centres(points, count, seed=seed, start=start)
    return fresh if spread(points, fresh) < MUCH_BETTER * spread(points, kept) else kept


def _one(points: Floats) -> Floats:
    return points.mean(axis=0, keepdims=True) if len(points) else np.zeros((1, points.shape[1]))


def _margins(apart: Floats) -> Floats:
    """Return how much nearer each point is to its centre than to the next: 0 in the middle, 1 at the centre."""
    if apart.shape[1] == 1:
        return np.ones(len(apart))
    near, next_ = np.partition(apart, 1, axis=1)[:, :2].T
    return np.asarray(1 - near / np.where(next_ > 0, next_, 1.0))


def _least_margin(apart: Floats) -> float:
    """Return the margin, lowered where more than the bounded share would be unclear."""
    return min(MARGIN, float(np.quantile(_margins(apart), MOST_UNCLEAR)))
