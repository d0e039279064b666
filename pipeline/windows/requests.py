"""What can be asked about chosen events: counts, sums and recency, in any window before a cut-off.

Windows are half-open to the microsecond: the last 30 days before a cut-off `c` are `[c - 30 days, c)`.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.windows.arrays import Floats, reduced
from pipeline.windows.rows import DAY_US, NO_NUMBER
from pipeline.windows.view import Groups, Selection, View, plain


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
    """A number a customer, NaN where there is none."""

    @property
    def needed(self) -> Groups:
        """The event types that are read, in groups, without any of one of which a shop cannot be asked."""

    def read(self, view: View) -> Floats:
        """Return the number of every customer of the view, of shape (customers,)."""


@dataclass(frozen=True)
class About:
    """A request about chosen events."""

    events: Selection

    @property
    def needed(self) -> Groups:
        """Those that the events are chosen from."""
        return self.events.needed


@dataclass(frozen=True)
class Count(About):
    """How many events fall in a window; 0 without any."""

    window: Window = LIFETIME

    def read(self, view: View) -> Floats:
        """Count places."""
        chosen = view.chosen(self.events)
        start, end = chosen.bounds(self.window.days, self.window.until)
        return chosen.everyone((end - start).astype(np.float64), 0.0)


@dataclass(frozen=True)
class Total(About):
    """The sum of a number in a window; 0 without events, null numbers counting nothing."""

    field: str
    window: Window = LIFETIME

    def read(self, view: View) -> Floats:
        """Subtract running sums."""
        chosen = view.chosen(self.events)
        start, end = chosen.bounds(self.window.days, self.window.until)
        running = chosen.running(self.field)
        return chosen.everyone(plain(running[end] - running[start]), 0.0)


@dataclass(frozen=True)
class Largest(About):
    """The largest value of a number in a window; null without an event that has it."""

    field: str
    window: Window = LIFETIME

    def read(self, view: View) -> Floats:
        """Take each customer's largest between the bounds."""
        chosen = view.chosen(self.events)
        start, end = chosen.bounds(self.window.days, self.window.until)
        found = reduced(np.maximum, chosen.number(self.field), start, end, NO_NUMBER)
        return chosen.everyone(np.where(found == NO_NUMBER, np.nan, plain(found)), np.nan)


@dataclass(frozen=True)
class Spread(About):
    """The standard deviation of a number over all events that have it; null before the second."""

    field: str

    def read(self, view: View) -> Floats:
        """Compute from each customer's distances to its own mean."""
        chosen = view.chosen(self.events)
        whole = chosen.number(self.field)
        chosen, values = chosen.where(whole != NO_NUMBER), plain(whole[whole != NO_NUMBER])
        count = chosen.end - chosen.start
        mean = reduced(np.add, values, chosen.start, chosen.end, 0.0) / np.maximum(count, 1)
        squares = reduced(np.add, (values - np.repeat(mean, count)) ** 2, chosen.start, chosen.end, 0.0)
        return chosen.everyone(np.where(count > 1, np.sqrt(squares / np.maximum(count, 1)), np.nan), np.nan)


@dataclass(frozen=True)
class Value(About):
    """A number of the last event, null without one that has it; with more events at that instant, the largest."""

    field: str

    def read(self, view: View) -> Floats:
        """Take the largest among those at the last instant."""
        chosen = view.chosen(self.events)
        values = chosen.number(self.field)
        chosen, values = chosen.where(values != NO_NUMBER), values[values != NO_NUMBER]
        last = np.repeat(chosen.occurred_us[chosen.end - 1], chosen.end - chosen.start)
        values = np.where(chosen.occurred_us == last, values, NO_NUMBER)
        return chosen.everyone(plain(reduced(np.maximum, values, chosen.start, chosen.end, NO_NUMBER)), np.nan)


@dataclass(frozen=True)
class Since(About):
    """Days since the first or the last event, with fraction; null before the first."""

    which: str

    def read(self, view: View) -> Floats:
        """Read the age at each customer's first or last place."""
        chosen = view.chosen(self.events)
        place = chosen.start if self.which == "first" else chosen.end - 1
        return chosen.everyone(chosen.age_us[place] / DAY_US, np.nan)
