"""What can be asked of a customer's tiles: sums, recency, gaps and distinct counts, at any cut-off.

A *day* is a block of 24 hours counted back from the moment of the history, so that every window is half-open to the
microsecond: the last 30 days before a cut-off `c` are `[c - 30 days, c)`. Cut-offs lie whole days before that moment.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from pipeline.windows.view import DAY_US, Array, DaysView, Rows, View


class During(StrEnum):
    """A part of the calendar, in the shop's time zone."""

    ALWAYS = "always"
    WEEKEND = "weekend"
    GIFT_SEASON = "gift_season"


@dataclass(frozen=True)
class Measure:
    """A number per event of a type: 1 when `field` is null, else the field's value; only events `during` count."""

    event_type: str
    field: str | None = None
    during: During = During.ALWAYS

    @property
    def column(self) -> str:
        """The name under which tiles keep the sum of this measure."""
        return f"{self.field or 'events'}_{self.during}"


@dataclass(frozen=True)
class Window:
    """The days before a cut-off from `days` (null: all of them) up to `until` days before it, half-open."""

    days: int | None = None
    until: int = 0

    @property
    def label(self) -> str:
        """The suffix of a column name: `30d`, or `lifetime`."""
        return "lifetime" if self.days is None else f"{self.days}d"


LIFETIME = Window()


class Request(Protocol):
    """A number per customer, NaN where there is none."""

    @property
    def event_type(self) -> str:
        """The event type whose tiles it reads."""

    def read(self, view: View) -> Array:
        """Return the number for every customer of the view, of shape (customers,)."""


@dataclass(frozen=True)
class Total:
    """The sum of a measure in a window; 0 without events."""

    measure: Measure
    window: Window

    @property
    def event_type(self) -> str:
        """The measure's."""
        return self.measure.event_type

    def read(self, view: View) -> Array:
        """Sum each customer's days in the window."""
        days = view.days(self.event_type)
        return days.sum(days.values[self.measure.column], *days.bounds(self.window.days, self.window.until))


@dataclass(frozen=True)
class Largest:
    """The largest value of an event's field in a window; null without events."""

    event_type: str
    field: str
    window: Window

    @property
    def column(self) -> str:
        """The name under which tiles keep the day's largest."""
        return f"{self.field}_largest"

    def read(self, view: View) -> Array:
        """Take each customer's largest day in the window."""
        days = view.days(self.event_type)
        return days.largest(days.values[self.column], *days.bounds(self.window.days, self.window.until))


@dataclass(frozen=True)
class ActiveDays:
    """The days in a window with an event of the type."""

    event_type: str
    window: Window

    def read(self, view: View) -> Array:
        """Count each customer's days in the window."""
        start, end = view.days(self.event_type).bounds(self.window.days, self.window.until)
        return (end - start).astype(np.float64)


@dataclass(frozen=True)
class Since:
    """Days since the first or the last event, with fraction; null before the first."""

    event_type: str
    which: str

    def read(self, view: View) -> Array:
        """Subtract the event's instant from the cut-off's."""
        days = view.days(self.event_type)
        start, end = days.bounds()
        happened, row = (days.first_us, start) if self.which == "first" else (days.last_us, end - 1)
        return days.where_any((view.cut_off_us - days.take(happened, row)) / DAY_US)


@dataclass(frozen=True)
class Gap:
    """A statistic of the gaps between successive days with an event: mean, spread (standard deviation) or last.

    Null before the second such day; the spread before the third.
    """

    event_type: str
    statistic: str

    def read(self, view: View) -> Array:
        """Compute the statistic from the days between neighbours."""
        days = view.days(self.event_type)
        start, end = days.bounds()
        gaps = np.maximum(end - start - 1, 0)
        # The gap that leads to a row stands at that row; a customer's first row leads from nowhere.
        leading = -np.diff(days.age, prepend=0).astype(np.float64)
        match self.statistic:
            case "last":
                return np.where(gaps > 0, days.take(leading, end - 1), np.nan)
            case "mean":
                return _mean(days, leading, start, end, gaps, least=1)
            case _:
                mean = _mean(days, leading, start, end, gaps, least=2)
                square = _mean(days, leading**2, start, end, gaps, least=2)
                return np.sqrt(np.maximum(square - mean**2, 0))


@dataclass(frozen=True)
class Decayed:
    """The sum of a measure in which an event loses half its weight every `half_life` days."""

    measure: Measure
    half_life: int

    @property
    def event_type(self) -> str:
        """The measure's."""
        return self.measure.event_type

    def read(self, view: View) -> Array:
        """Sum each customer's weighted days."""
        days = view.days(self.event_type)
        weights = np.exp2(-(days.age - view.cut_off_day) / self.half_life)
        return days.sum(days.values[self.measure.column] * weights, *days.bounds())


@dataclass(frozen=True)
class Distinct:
    """How many products a customer had events of on at least `days` different days of a window."""

    event_type: str
    window: Window
    days: int = 1

    def read(self, view: View) -> Array:
        """Count the products whose `days`-th latest day lies in the window."""
        products = view.products(self.event_type)
        newest = products.nth_newest(self.days)
        return products.sum(newest.astype(np.float64), *products.bounds(self.window.days, self.window.until))


def _mean(days: DaysView, values: Array, start: Rows, end: Rows, gaps: Rows, *, least: int) -> Array:
    total = days.sum(values, np.minimum(start + 1, end), end)
    return np.where(gaps >= least, total / np.maximum(gaps, 1), np.nan)
