"""The clusters of one kind of customers: those with one order, or those with more."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
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
NOT_BETTER = 0.05  # of the squared distance: where no more is gained, what was there before stays to the letter

Ints = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Centres of shape (clusters, axes) in a space, the least margin of a clear member, and what was tried.

    `nearer_anew` is set of a part that stayed as it was before: how much nearer its centres the customers would lie if
    these were found anew, as a share of their mean squared distance.
    """

    space: Space
    centres: Floats
    margin: float
    tried: tuple[Tried, ...]
    nearer_anew: float | None = None

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
            "nearer_anew": self.nearer_anew,
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Part":
        """Return the part that `as_dict` told of."""
        tried = tuple(Tried(**each) for each in told["tried"])
        space, centres = Space.from_dict(told["space"]), np.array(told["centres"], np.float64)
        return cls(space, centres, float(told["margin"]), tried, told.get("nearer_anew"))


def find_part(
    matrix: FeatureMatrix,
    topics: Sequence[Topic],
    *,
    least_share: float,
    seed: int,
    before: tuple[Ints, "Part"] | None = None,
) -> Part:
    """Find the clusters among rows of one kind, none of which has less than the least share of the rows.

    `before` says in which cluster of an earlier part each row is. The earlier part stays as it was while it is about as
    good as what would be found now; else its number of clusters stays while that is stable, and their places are where
    the search starts. So clusters are kept on rather than found anew.
    """
    space = fit_space(matrix, topics)
    points = space.place(matrix)
    if len(matrix) < LEAST_CUSTOMERS:
        return Part(space, _one(points), 0.0, ())
    number = len(before[1]) if before else None
    tried = try_counts(points, least_share=least_share, seed=seed, before=number)
    count = choose_count(tried, number)
    if count == 1:
        return Part(space, _one(points), 0.0, tried)
    fresh = fit_centres(points, count, seed=seed)
    if before is None or len(before[1]) != count or len(np.unique(before[0])) < count:
        return _part(space, points, fresh, tried)
    was, earlier = before
    start = np.array([points[was == number].mean(axis=0) for number in range(count)])
    kept = fit_centres(points, count, seed=seed, start=start)
    if spread(points, fresh) < MUCH_BETTER * spread(points, kept):
        return _part(space, points, fresh, tried)
    nearer = 1 - spread(points, kept) / float(((points - start[was]) ** 2).sum(axis=1).mean())
    if nearer <= NOT_BETTER and set(earlier.space.names) <= set(matrix.names):
        stayed = _part(earlier.space, earlier.space.place(matrix), earlier.centres, tried)
        return replace(stayed, nearer_anew=nearer)
    return _part(space, points, kept, tried)


def _part(space: Space, points: Floats, centres: Floats, tried: tuple[Tried, ...]) -> Part:
    return Part(space, centres, _least_margin(distances(points, centres)), tried)


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
