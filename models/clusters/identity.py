"""The same cluster across retrains: an id that never changes its meaning, and a log of what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from models.link import Floats

ENOUGH = 0.5  # of the customers in either, who are in both: then a cluster goes on under its id
MOST = 0.5  # of a cluster, that came from or went into another

Ints = npt.NDArray[np.int_]


@dataclass(frozen=True)
class Change:
    """What became of clusters at a retrain: `kind` is "split", "merge", "new" or "gone".

    `share` is that of all customers who were in `before` and are in `after`; of a new cluster who are in it now, of
    one that is gone who were in it.
    """

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Identity:
    """The ids of the new clusters, which earlier one each goes on from (None: none), and what else became of them.

    `last` is the highest number that an id ever had. `kept_share` is that of the customers whose cluster has the same
    id before and after; 1 for the first clusters.
    """

    ids: tuple[str, ...]
    going_on: tuple[int | None, ...]
    last: int
    changes: tuple[Change, ...]
    kept_share: float


def first_identity(count: int) -> Identity:
    """Return the ids of the first clusters: c1, c2 and so on."""
    return Identity(tuple(_id(number + 1) for number in range(count)), (None,) * count, count, (), 1.0)


def carry_over(before: Sequence[str], was: Ints, now: Ints, count: int, *, last: int) -> Identity:
    """Match clusters by their members, and carry ids over where enough members are the same.

    `was` and `now` number the same customers' earlier and present clusters, each of shape (n,); of those there were
    the ids `before` and are `count`. No id is ever given twice: new ones count on from `last`.
    """
    both = np.zeros((len(before), count))
    np.add.at(both, (was, now), 1)
    going_on = _going_on(both)
    fresh = [new for new, old in enumerate(going_on) if old is None]
    ids = tuple(_id(last + 1 + fresh.index(new)) if old is None else before[old] for new, old in enumerate(going_on))
    kept = sum(both[old, new] for new, old in enumerate(going_on) if old is not None)
    share = float(kept / max(both.sum(), 1))
    return Identity(ids, going_on, last + len(fresh), _changes(both, before, ids, going_on), share)


def _id(number: int) -> str:
    return f"c{number}"


def _going_on(both: Floats) -> tuple[int | None, ...]:
    """Return the earlier cluster that each new one goes on from: the pairs with the most members in common."""
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    common = both / np.maximum(either, 1)
    pairs = zip(*linear_sum_assignment(common, maximize=True), strict=True)
    found = {int(new): int(old) for old, new in pairs if common[old, new] >= ENOUGH}
    return tuple(found.get(new) for new in range(both.shape[1]))


def _changes(
    both: Floats, before: Sequence[str], ids: Sequence[str], going_on: Sequence[int | None]
) -> tuple[Change, ...]:
    came = both / np.maximum(both.sum(axis=0), 1) > MOST
    went = both / np.maximum(both.sum(axis=1, keepdims=True), 1) > MOST
    for new, old in enumerate(going_on):
        if old is not None:
            came[old, new] = went[old, new] = True
    shares = both / max(both.sum(), 1)

    def change(kind: str, old: list[int], new: list[int]) -> Change:
        share = float(shares[np.ix_(old, new)].sum())
        return Change(kind, tuple(before[one] for one in old), tuple(ids[one] for one in new), share)

    splits = [change("split", [old], _marked(row)) for old, row in enumerate(came) if row.sum() > 1]
    merges = [change("merge", _marked(column), [new]) for new, column in enumerate(went.T) if column.sum() > 1]
    linked = (*splits, *merges)
    parts = {cluster for each in linked for cluster in each.before}
    wholes = {cluster for each in linked for cluster in each.after}
    fresh = [
        Change("new", (), (cluster,), float(shares[:, place].sum()))
        for place, cluster in enumerate(ids)
        if cluster not in before and cluster not in wholes
    ]
    gone = [
        Change("gone", (cluster,), (), float(shares[place].sum()))
        for place, cluster in enumerate(before)
        if cluster not in ids and cluster not in parts
    ]
    return (*linked, *fresh, *gone)


def _marked(marks: npt.NDArray[np.bool_]) -> list[int]:
    return [int(place) for place in np.flatnonzero(marks)]
