"""The customer as a feature function sees it: it says what it needs, and touches no data."""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.requests import (
    LIFETIME,
    ActiveDays,
    Decayed,
    Distinct,
    During,
    Gap,
    Largest,
    Measure,
    Request,
    Since,
    Total,
    Window,
)
from pipeline.windows.view import Array

_OPERATIONS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


class Column:
    """A number per customer, not yet computed; arithmetic with null is null, and so is division by zero."""

    def __add__(self, other: "Column | float") -> "Column":
        return Combined("+", self, _column(other))

    def __sub__(self, other: "Column | float") -> "Column":
        return Combined("-", self, _column(other))

    def __mul__(self, other: "Column | float") -> "Column":
        return Combined("*", self, _column(other))

    def __truediv__(self, other: "Column | float") -> "Column":
        return Combined("/", self, _column(other))


@dataclass(frozen=True)
class Constant(Column):
    """The same number for everyone."""

    value: float


@dataclass(frozen=True)
class Requested(Column):
    """What the tiles answer."""

    request: Request


@dataclass(frozen=True)
class Combined(Column):
    """Two columns under an operation."""

    operation: str
    left: Column
    right: Column

    def apply(self, left: Array, right: Array) -> Array:
        """Compute the operation, null where it is undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            result = _OPERATIONS[self.operation](left, right)
        return np.where(np.isfinite(result), result, np.nan)


class Customer:
    """Everything that a feature can ask about one customer; see `pipeline.windows.requests` for exact meanings."""

    def count(self, event_type: str, window: Window = LIFETIME, *, during: During = During.ALWAYS) -> Column:
        """Events in the window, 0 without any."""
        return Requested(Total(Measure(event_type, None, during), window))

    def total(self, event_type: str, field: str, window: Window = LIFETIME) -> Column:
        """The sum of a field in the window, 0 without events."""
        return Requested(Total(Measure(event_type, field), window))

    def largest(self, event_type: str, field: str, window: Window = LIFETIME) -> Column:
        """The largest value of a field in the window, null without events."""
        return Requested(Largest(event_type, field, window))

    def active_days(self, event_type: str, window: Window = LIFETIME) -> Column:
        """Days with an event in the window, 0 without any."""
        return Requested(ActiveDays(event_type, window))

    def distinct_products(self, event_type: str, window: Window = LIFETIME, *, days: int = 1) -> Column:
        """Products with events on at least `days` days of the window, 0 without any."""
        return Requested(Distinct(event_type, window, days))

    def days_since_first(self, event_type: str) -> Column:
        """Days since the first event, null before it."""
        return Requested(Since(event_type, "first"))

    def days_since_last(self, event_type: str) -> Column:
        """Days since the last event, null before the first."""
        return Requested(Since(event_type, "last"))

    def mean_gap(self, event_type: str) -> Column:
        """Mean days between successive days with an event, null before the second."""
        return Requested(Gap(event_type, "mean"))

    def gap_spread(self, event_type: str) -> Column:
        """Standard deviation of those gaps, null before the third day."""
        return Requested(Gap(event_type, "spread"))

    def last_gap(self, event_type: str) -> Column:
        """The latest of those gaps, null before the second day."""
        return Requested(Gap(event_type, "last"))

    def decayed_count(self, event_type: str, half_life: int) -> Column:
        """Events, each weighing half as much for every `half_life` days of its age."""
        return Requested(Decayed(Measure(event_type), half_life))

    def decayed_total(self, event_type: str, field: str, half_life: int) -> Column:
        """The sum of a field, each event weighing half as much for every `half_life` days of its age."""
        return Requested(Decayed(Measure(event_type, field), half_life))


def _column(value: Column | float) -> Column:
    return value if isinstance(value, Column) else Constant(float(value))
