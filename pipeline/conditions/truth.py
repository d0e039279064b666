"""Three-valued truth of many rows at once: yes, no, or null where it cannot be said."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from pipeline.windows.arrays import Floats, Mask


@dataclass(frozen=True)
class Truth:
    """What is certainly so, and what is certainly not so, both of shape (rows,); the rest is null."""

    yes: Mask
    no: Mask

    def __invert__(self) -> "Truth":
        return Truth(self.no, self.yes)

    def __and__(self, other: "Truth") -> "Truth":
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: "Truth") -> "Truth":
        return Truth(self.yes | other.yes, self.no & other.no)

    @property
    def as_numbers(self) -> Floats:
        """1 for yes, 0 for no, NaN for null."""
        return np.where(self.yes, 1.0, np.where(self.no, 0.0, np.nan))


def where_known(known: Mask, yes: Mask) -> Truth:
    """Return the truth of an answer that holds only where everything that it looks at is known."""
    return Truth(known & yes, known & ~yes)


def compared(compare: Callable[[Any, Any], Any], left: Floats, right: Floats) -> Truth:
    """Return how numbers compare; null where either is NaN."""
    return where_known(~(np.isnan(left) | np.isnan(right)), compare(left, right))


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all are so."""
    return reduce(operator.and_, truths)


def some(truths: Iterable[Truth]) -> Truth:
    """Return whether any is so."""
    return reduce(operator.or_, truths)
