"""Shares of rows and how sure they are, were the customers drawn again."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.windows.arrays import Floats, Mask

CustomerIds = npt.NDArray[np.object_]
Figures = Callable[[Floats], Floats]
Intervals = Callable[[CustomerIds, Figures], tuple[Floats, Floats]]
"""From customers, a row each, and figures of how often each row counts, to the lower and upper end of each figure."""

LEAST_CUSTOMERS = 20
"""Under which an interval would be too narrow: of five customers who all left, every draw says that all leave."""


@dataclass(frozen=True)
class Share:
    """A share of rows, or the difference of two, with its 95 % interval.

    All null of no rows; the interval alone, of under `LEAST_CUSTOMERS`.
    """

    value: float | None
    low: float | None
    high: float | None

    def to_json(self) -> dict[str, float | None]:
        """Return the three figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class Counted:
    """Which rows a share is of, and for which of those it counts; each of shape (n,)."""

    among: Mask
    true: Mask

    def of(self, weights: Floats) -> float:
        """Return the share when rows count so often; NaN of none."""
        total = weights[self.among].sum()
        return float(weights[self.among & self.true].sum() / total) if total else np.nan


Difference = tuple[str, str]


def shares(
    customer_id: CustomerIds,
    counted: Mapping[str, Counted],
    intervals: Intervals,
    differences: Mapping[str, Difference] | None = None,
) -> dict[str, Share]:
    """Return each share by name, and each difference of two of them, all from the same draws of customers."""
    gaps = differences or {}

    def figures(weights: Floats) -> Floats:
        found = {name: one.of(weights) for name, one in counted.items()}
        return np.array([*found.values(), *(found[first] - found[second] for first, second in gaps.values())])

    once, (low, high) = figures(np.ones(len(customer_id))), intervals(customer_id, figures)
    few = {name for name, one in counted.items() if len(set(customer_id[one.among])) < LEAST_CUSTOMERS}
    few |= {name for name, pair in gaps.items() if not few.isdisjoint(pair)}
    told = zip((*counted, *gaps), once, low, high, strict=True)
    return {
        name: Share(_told(value), *(None if name in few else _told(end) for end in ends)) for name, value, *ends in told
    }


def _told(value: Any) -> float | None:  # noqa: ANN401 - a NumPy number
    return None if np.isnan(value) else float(value)
