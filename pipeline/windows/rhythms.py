"""What can be asked about the days on which something happened: gaps, streaks, and sums that fade.

A *day* is 24 hours counted back from the cut-off.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Floats, Ints, begins, reduced
from pipeline.windows.requests import LIFETIME, About, Window
from pipeline.windows.selections import Days
from pipeline.windows.view import Chosen, View, plain


@dataclass(frozen=True)
class Gap(About):
    """A statistic of the days between successive days with an event: mean, spread, last, median or longest.

    Null before the second such day; the spread (standard deviation) before the third.
    """

    statistic: str

    def read(self, view: View) -> Floats:
        """Compute the statistic from neighbours' ages."""
        days = view.chosen(Days(self.events))
        gaps = -np.diff(days.age_days, prepend=0)
        # A customer's first day follows nothing.
        later = days.where(~begins(days.customer))
        gaps = gaps[~begins(days.customer)]
        return later.everyone(self._of(later, gaps), np.nan)

    def _of(self, later: Chosen, gaps: Ints) -> Floats:
        start, end, count = later.start, later.end, later.end - later.start
        match self.statistic:
            case "last":
                return gaps[end - 1].astype(np.float64)
            case "longest":
                return reduced(np.maximum, gaps, start, end, 0).astype(np.float64)
            case "median":
                ordered = gaps[np.lexsort((gaps, later.customer))]
                return np.asarray((ordered[start + (count - 1) // 2] + ordered[start + count // 2]) / 2)
            case "mean":
                return np.asarray(reduced(np.add, gaps, start, end, 0) / count)
            case _:
                total, squares = (reduced(np.add, each, start, end, 0) for each in (gaps, gaps**2))
                variance = (squares * count - total**2) / np.maximum(count, 1) ** 2
                return np.where(count > 1, np.sqrt(variance), np.nan)


@dataclass(frozen=True)
class Streak(About):
    """Days in a row with an event: the longest run in a window, or the run that goes on; 0 without any.

    A run goes on while its newest day is the last or the last but one before the moment.
    """

    which: str
    window: Window = LIFETIME

    def read(self, view: View) -> Floats:
        """Measure runs of neighbouring days."""
        days = view.chosen(Days(self.events))
        days = days.where(days.age_days < (self.window.days or np.iinfo(np.int64).max))
        new_run = begins(days.customer, days.age_days + np.arange(len(days)))
        first = np.flatnonzero(new_run)
        length = np.diff(np.append(first, len(days)))
        runs = Chosen(view, days.rows[np.append(first[1:], len(days))[: len(first)] - 1])
        if self.which == "longest":
            return runs.everyone(reduced(np.maximum, length, runs.start, runs.end, 0).astype(np.float64), 0.0)
        newest = runs.end - 1
        return runs.everyone(np.where(runs.age_days[newest] <= 1, length[newest], 0.0), 0.0)


@dataclass(frozen=True)
class Decayed(About):
    """The sum of a number, or of events, in which a day's share loses half its weight every `half_life` days."""

    field: str | None
    half_life: int

    def read(self, view: View) -> Floats:
        """Sum each customer's weighted days."""
        chosen = view.chosen(self.events)
        first = np.flatnonzero(begins(chosen.customer, chosen.age_days))
        last = np.append(first[1:], len(chosen))[: len(first)]
        # Within a day the sum is exact, so that the order of events cannot show in the last digit.
        if self.field is None:
            sums = (last - first).astype(np.float64)
        else:
            running = chosen.running(self.field)
            sums = plain(running[last] - running[first])
        days = Chosen(view, chosen.rows[first])
        weighted = sums * np.exp2(-days.age_days / self.half_life)
        return days.everyone(reduced(np.add, weighted, days.start, days.end, 0.0), 0.0)
