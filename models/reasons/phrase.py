"""A phrase: words that are true of some customers, about a topic, and for or against staying."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.columns import column
from models.link import Floats

Mask = npt.NDArray[np.bool_]


class Peers:
    """Customers at one moment beside what is usual among them: the median of each feature."""

    def __init__(self, matrix: FeatureMatrix, usual: "Callable[[str], float] | None" = None) -> None:
        """`usual` gives the median of a feature among more customers than these; without it, among these."""
        self.matrix = matrix
        self.usual = usual or cache(lambda name: _median(self[name]))

    def __getitem__(self, name: str) -> Floats:
        return column(self.matrix, name)

    def of(self, rows: slice) -> "Peers":
        """Return some of the customers, beside what is usual among all."""
        matrix = self.matrix
        some = FeatureMatrix(matrix.customer_id[rows], matrix.as_of[rows], matrix.features, matrix.values[rows])
        return Peers(some, self.usual)

    def low(self, name: str) -> Mask:
        """Who is at or under the median."""
        return self[name] <= self.usual(name)

    def high(self, name: str) -> Mask:
        """Who is at or over the median."""
        return self[name] >= self.usual(name)


def _median(values: Floats) -> float:
    """Return the median of what is known; NaN, than which nothing is lower or higher, where nothing is."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else np.nan


class Phrase(NamedTuple):
    """Words about a topic, whether they speak for leaving, of whom they are true, and which features they read.

    In `words`, `{orders_365d:orders}` stands for the customer's own number and how `wording` says it. Where
    `leaving` is None, they say what is, and speak neither for leaving nor for staying.
    """

    topic: str
    leaving: bool | None
    reads: tuple[str, ...]
    holds: Callable[[Peers], Mask]
    words: str


LEAVING, STAYING = True, False
GREW, SHRANK, FELL, ROSE = 1.2, 0.8, 0.9, 1.1  # ratios at which a change is worth a word
