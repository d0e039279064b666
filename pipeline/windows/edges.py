"""What can be asked about the first or the last of chosen events: when it was, and what it says.

Of events at the same instant that say different things, the largest number and the text that is last in order count.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Floats, Ints, reduced
from pipeline.windows.requests import About
from pipeline.windows.rows import NO_NUMBER
from pipeline.windows.view import Chosen, View, plain

FIRST, LAST = "first", "last"


@dataclass(frozen=True)
class Edge(About):
    """A request about each customer's first or last event; null without any."""

    which: str

    def _instant(self, chosen: Chosen) -> Ints:
        return chosen.occurred_us[chosen.start if self.which == FIRST else chosen.end - 1]

    def _there(self, chosen: Chosen) -> Chosen:
        """Return the events at that instant."""
        instant = np.repeat(self._instant(chosen), chosen.end - chosen.start)
        return chosen.where(chosen.occurred_us == instant)


@dataclass(frozen=True)
class EdgeInstant(Edge):
    """When it happened, in microseconds since 1970, which are exact up to the year 2255."""

    def read(self, view: View) -> Floats:
        """Read each customer's first or last place."""
        chosen = view.chosen(self.events)
        return chosen.everyone(self._instant(chosen).astype(np.float64), np.nan)


@dataclass(frozen=True)
class EdgeNumber(Edge):
    """A number that it says; null where it says none."""

    field: str

    def read(self, view: View) -> Floats:
        """Take the largest."""
        there = self._there(view.chosen(self.events))
        found = reduced(np.maximum, there.number(self.field), there.start, there.end, NO_NUMBER)
        return there.everyone(np.where(found == NO_NUMBER, np.nan, plain(found)), np.nan)


@dataclass(frozen=True)
class EdgeText(Edge):
    """A text that it says, as the code of that text in the view's rows; null where it says none."""

    field: str

    def read(self, view: View) -> Floats:
        """Take the largest code, as codes are in order of the names."""
        there = self._there(view.chosen(self.events))
        codes = view.rows.text(self.field).codes[there.rows].astype(np.int64)
        found = reduced(np.maximum, codes, there.start, there.end, 0)
        return there.everyone(np.where(found < 0, np.nan, found), np.nan)
