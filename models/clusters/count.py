"""How many clusters there are: as many as halves of the same customers agree on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from models.link import Floats

COUNTS = range(2, 11)
RESAMPLES = 8
SAMPLE = 2000  # customers: the silhouette compares every pair
ARBITRARY = 0.4  # of stability: clusters on which halves agree less are not there
AS_STABLE, AS_SEPARATE = 0.08, 0.02  # by so much less, a number is as stable as the best, and as separate
MORE = 0.2  # by so much a larger number must be more stable than the one before to take its place
STARTS, MANY_STARTS = 4, 20  # from random places, of which the best counts: of a trial, and of what is kept


@dataclass(frozen=True)
class Tried:
    """A number of clusters: how well halves agree on it, how well it separates, and its smallest cluster's share.

    `stability` is the mean adjusted Rand index between the clusters that two halves of the customers find, read on all
    of them: 1 if they are the same, 0 if they agree by chance. `silhouette` lies between -1 and 1.
    """

    count: int
    stability: float
    silhouette: float
    smallest_share: float


def try_counts(points: Floats, *, least_share: float, seed: int, before: int | None = None) -> tuple[Tried, ...]:
    """Try the numbers of clusters that leave each so great a share, on a sample of points of shape (n, axes).

    Half the share is enough for the number `before`: a cluster of about the least share must not come and go.
    """
    sample = points[np.random.default_rng(seed).permutation(len(points))[:SAMPLE]]
    distinct = len(np.unique(sample, axis=0))
    least = {count: least_share / 2 if count == before else least_share for count in COUNTS}
    # Hundreds of tiny searches: on several threads they wait for each other, far longer where others work too.
    with threadpool_limits(limits=1):
        tried = [_try(sample, count, seed) for count in COUNTS if count < distinct and count * least[count] <= 1]
    return tuple(each for each in tried if each.smallest_share >= least[each.count])


def choose_count(tried: Sequence[Tried], before: int | None = None) -> int:
    """Return the largest number of clusters that is as stable as the best, and as separate as the best of those.

    The number `before` stays until halves do not agree on it any more, or a larger one is far more stable: what is
    about as good must not change with the month. 1 where halves agree on no number.
    """
    there = {each.count: each for each in tried if each.stability >= ARBITRARY}
    best = _best(list(there.values()))
    if before in there and (best < before or there[best].stability < there[before].stability + MORE):
        return before
    return best


def _best(tried: Sequence[Tried]) -> int:
    most = max((each.stability for each in tried), default=0.0)
    stable = [each for each in tried if each.stability >= most - AS_STABLE]
    apart = max((each.silhouette for each in stable), default=0.0)
    return max((each.count for each in stable if each.silhouette >= apart - AS_SEPARATE), default=1)


def fit_centres(points: Floats, count: int, *, seed: int, start: Floats | None = None) -> Floats:
    """Return the centres of clusters, of shape (count, axes); from `start` alone where that is given."""
    with threadpool_limits(limits=1):
        return np.asarray(_fit(points, count, seed, start, MANY_STARTS).cluster_centers_)


def spread(points: Floats, centres: Floats) -> float:
    """Return the mean squared distance of points from their nearest centre."""
    return float((distances(points, centres).min(axis=1) ** 2).mean())


def distances(points: Floats, centres: Floats) -> Floats:
    """Return how far each point lies from each centre, of shape (n, centres)."""
    squares = (points**2).sum(axis=1)[:, np.newaxis] + (centres**2).sum(axis=1) - 2 * points @ centres.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _try(sample: Floats, count: int, seed: int) -> Tried:
    members = _fit(sample, count, seed).labels_
    stability = [_agreement(sample, count, seed + draw) for draw in range(RESAMPLES)]
    return Tried(
        count,
        stability=float(np.mean(stability)),
        silhouette=float(silhouette_score(sample, members)),
        smallest_share=float(np.bincount(members, minlength=count).min() / len(sample)),
    )


def _agreement(sample: Floats, count: int, seed: int) -> float:
    """Return the adjusted Rand index of what two random halves find, of everybody."""
    order = np.random.default_rng(seed).permutation(len(sample))
    halves = np.array_split(sample[order], 2)
    found = [_fit(half, count, seed).predict(sample) for half in halves]
    return float(adjusted_rand_score(*found))


def _fit(points: Floats, count: int, seed: int, start: Floats | None = None, starts: int = STARTS) -> KMeans:
    """Fit no more clusters than there are different points."""
    if start is not None:
        return KMeans(count, init=start, n_init=1, random_state=seed).fit(points)
    return KMeans(min(count, len(np.unique(points, axis=0))), n_init=starts, random_state=seed).fit(points)
