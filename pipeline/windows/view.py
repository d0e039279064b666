"""Tiles as they were known at one cut-off: sorted rows, and sums over any stretch of each customer's."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

DAY_US = 86_400_000_000

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DaysView:
    """Rows of one event type in order of customer and day, oldest first, as known at `cut_off_day`.

    `customer` numbers the customers, `age` counts the days back from the history's moment; both of shape (rows,).
    `first_us` and `last_us` are the instants of the day's first and last event. `product` numbers the products where a
    row is one product's day, and is empty elsewhere.
    """

    customers: int
    cut_off_day: int
    customer: Rows
    age: Rows
    first_us: Rows
    last_us: Rows
    values: Mapping[str, Array]
    product: Rows

    def bounds(self, days: int | None = None, until: int = 0) -> tuple[Rows, Rows]:
        """Return where each customer's rows of a window start and end, each of shape (customers,)."""
        everyone = np.arange(self.customers)
        end = self._position(everyone, self.cut_off_day + until)
        start = (
            np.searchsorted(self.customer, everyone)
            if days is None
            else self._position(everyone, self.cut_off_day + days)
        )
        return start, end

    def sum(self, values: Array, start: Rows, end: Rows) -> Array:
        """Add up `values` between the bounds, customer by customer, so that nobody's rounding touches another's."""
        return _reduce(np.add, values, start, end, empty=0.0)

    def largest(self, values: Array, start: Rows, end: Rows) -> Array:
        """Take the largest of `values` between the bounds, null where there are none."""
        return _reduce(np.maximum, values, start, end, empty=np.nan)

    def take(self, values: npt.NDArray[np.generic], row: Rows) -> Array:
        """Return the value at each customer's row; meaningless where the customer has none."""
        if not len(values):
            return np.full(self.customers, np.nan)
        return values[np.clip(row, 0, len(values) - 1)].astype(np.float64)

    def where_any(self, values: Array) -> Array:
        """Keep values of customers with at least one row, null for the others."""
        start, end = self.bounds()
        return np.where(end > start, values, np.nan)

    def nth_newest(self, n: int) -> Mask:
        """Mark the rows that are the n-th newest day of their customer and product."""
        order = np.lexsort((self.age, self.product, self.customer))
        pair = np.column_stack([self.customer[order], self.product[order]])
        begins = (
            np.flatnonzero(np.r_[True, np.any(np.diff(pair, axis=0) != 0, axis=1)]) if len(pair) else np.array([], int)
        )
        rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.r_[begins, len(order)]))
        marked = np.empty(len(order), bool)
        marked[order] = rank == n - 1
        return marked

    def _position(self, everyone: Rows, age: int) -> Rows:
        """Return the row at which each customer's days younger than `age` begin."""
        return np.searchsorted(
            self._key, everyone * self._span + self._span - 1 - min(age, self._span - 1), side="right"
        )

    @cached_property
    def _span(self) -> int:
        return int(self.age.max(initial=0)) + 2

    @cached_property
    def _key(self) -> Rows:
        # Ages fall within a customer, so they enter negated; the span keeps customers apart.
        return self.customer * self._span + self._span - 1 - self.age


@dataclass(frozen=True)
class View:
    """All tiles as known at one cut-off, `cut_off_day` whole days before the history's moment."""

    cut_off_day: int
    cut_off_us: int
    by_event: Mapping[str, DaysView]
    by_product: Mapping[str, DaysView]

    def known(self) -> Mask:
        """Mark the customers with any event, of shape (customers,)."""
        everyone = range(next(iter(self.by_event.values())).customers)
        seen: Mask = np.isin(everyone, np.concatenate([days.customer for days in self.by_event.values()]))
        return seen

    def days(self, event_type: str) -> DaysView:
        """Return the days of one event type."""
        return self.by_event[event_type]

    def products(self, event_type: str) -> DaysView:
        """Return the days of one event type, product by product."""
        return self.by_product[event_type]


def _reduce(operation: np.ufunc, values: Array, start: Rows, end: Rows, *, empty: float) -> Array:
    result = np.full(len(start), empty)
    filled = end > start
    if filled.any():
        # reduceat reads pairs of bounds: every second stretch is a customer's, those between are thrown away.
        stretches = np.column_stack([start[filled], end[filled]]).ravel()
        result[filled] = operation.reduceat(np.append(values, 0.0), stretches)[::2]
    return result
