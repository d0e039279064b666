"""What can be asked about chosen events: counts, sums, recency, gaps, habits, in any window before a cut-off.

Windows are half-open to the microsecond: the last 30 days before a cut-off `c` are `[c - 30 days, c)`. A *day* is 24
hours counted back from the cut-off.
"""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.windows.people import as_number
from pipeline.windows.rows import DAY_US, NO_NUMBER, Floats, Ints, begins, stable_order
from pipeline.windows.selections import Days
from pipeline.windows.view import Chosen, Groups, Selection, View, plain

_MONTHS = 12
_CALENDAR = {"hour": 24, "weekday": 7, "month": 13}


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
        found = _reduced(np.maximum, chosen.number(self.field), start, end, NO_NUMBER)
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
        mean = _reduced(np.add, values, chosen.start, chosen.end, 0.0) / np.maximum(count, 1)
        squares = _reduced(np.add, (values - np.repeat(mean, count)) ** 2, chosen.start, chosen.end, 0.0)
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
        return chosen.everyone(plain(_reduced(np.maximum, values, chosen.start, chosen.end, NO_NUMBER)), np.nan)


@dataclass(frozen=True)
class Since(About):
    """Days since the first or the last event, with fraction; null before the first."""

    which: str

    def read(self, view: View) -> Floats:
        """Read the age at each customer's first or last place."""
        chosen = view.chosen(self.events)
        place = chosen.start if self.which == "first" else chosen.end - 1
        return chosen.everyone(chosen.age_us[place] / DAY_US, np.nan)


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
                return _reduced(np.maximum, gaps, start, end, 0).astype(np.float64)
            case "median":
                ordered = gaps[np.lexsort((gaps, later.customer))]
                return np.asarray((ordered[start + (count - 1) // 2] + ordered[start + count // 2]) / 2)
            case "mean":
                return np.asarray(_reduced(np.add, gaps, start, end, 0) / count)
            case _:
                total, squares = (_reduced(np.add, each, start, end, 0) for each in (gaps, gaps**2))
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
            return runs.everyone(_reduced(np.maximum, length, runs.start, runs.end, 0).astype(np.float64), 0.0)
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
        return days.everyone(_reduced(np.add, weighted, days.start, days.end, 0.0), 0.0)


@dataclass(frozen=True)
class Concentration(About):
    """How much the events of a window gather on few values of a field: the sum of the squared shares, 1 for one value.

    The Herfindahl-Hirschman index; null without an event that has the field. `field` is text or a part of the calendar.
    """

    field: str
    window: Window = LIFETIME
    largest: bool = False

    def read(self, view: View) -> Floats:
        """Count each customer's values; with `largest`, the share of the most frequent one."""
        values = _counts(view, self.events, self.field, self.window)
        total = _reduced(np.add, values.count, values.start, values.end, 0)
        if self.largest:
            top = _reduced(np.maximum, values.count, values.start, values.end, 0) / total
        else:
            top = _reduced(np.add, values.count**2, values.start, values.end, 0) / total.astype(np.float64) ** 2
        return view.full(values.who, np.asarray(top, np.float64), np.nan)


@dataclass(frozen=True)
class Usual(About):
    """The hour or weekday in which most events fall, the earliest of several; null without any."""

    part: str

    def read(self, view: View) -> Floats:
        """Take the most frequent."""
        values = _counts(view, self.events, self.part, LIFETIME)
        # The greatest of (count, lateness) with lateness negated: the earliest of the most frequent.
        rank = values.count * _CALENDAR[self.part] + (_CALENDAR[self.part] - 1 - values.value)
        best = _reduced(np.maximum, rank, values.start, values.end, 0)
        return view.full(values.who, np.asarray(_CALENDAR[self.part] - 1.0 - best % _CALENDAR[self.part]), np.nan)


@dataclass(frozen=True)
class DaysToBirthday:
    """Days from the moment to the start of the month of birth on the shop's calendar; 0 in it, null when unknown."""

    @property
    def needed(self) -> Groups:
        """It reads no events."""
        return ()

    def read(self, view: View) -> Floats:
        """Count calendar months on."""
        newest = view.people.known(view.cut_off_us)
        month = view.people.birth_month[newest]
        ahead = np.array([self._days(view, born) for born in range(1, _MONTHS + 1)])
        place = np.nan_to_num(month, nan=1).astype(np.int64) - 1
        return view.full(view.people.customer[newest], np.where(np.isnan(month), np.nan, ahead[place]), np.nan)

    def _days(self, view: View, born: int) -> float:
        now = view.rows.calendar.local_us(np.array([view.cut_off_us])).astype("datetime64[us]")
        month = now.astype("datetime64[M]")
        ahead = (born - 1 - month.astype(np.int64)) % _MONTHS
        return float(np.maximum((month + ahead - now).astype(np.int64), 0)[0] / DAY_US)


@dataclass(frozen=True)
class Trait:
    """What a customer's newest row says of a trait: its number, or whether it is `value`; null when it says nothing."""

    name: str
    value: str | None = None

    @property
    def needed(self) -> Groups:
        """It reads no events."""
        return ()

    def read(self, view: View) -> Floats:
        """Look it up."""
        newest = view.people.known(view.cut_off_us)
        told = view.people.trait(self.name)
        found = np.array([self._number(told[row]) for row in newest.tolist()], np.float64)
        return view.full(view.people.customer[newest], found, np.nan)

    def _number(self, told: object) -> float:
        if self.value is None:
            return as_number(told)
        return np.nan if told is None else float(told == self.value)


@dataclass(frozen=True)
class _Counts:
    """How often each customer's events have each value: one entry a customer and value."""

    who: Ints
    start: Ints
    end: Ints
    value: Ints
    count: Ints


def _counts(view: View, events: Selection, field: str, window: Window) -> _Counts:
    chosen = view.chosen(events)
    inside = (chosen.age_us > window.until * DAY_US) & (
        True if window.days is None else chosen.age_us <= window.days * DAY_US
    )
    chosen = chosen.where(inside)
    value = (
        view.rows.part(field)[chosen.rows]
        if field in _CALENDAR
        else view.rows.text(field).codes[chosen.rows].astype(np.int64)
    )
    customer, value = chosen.customer[value >= 0], value[value >= 0]
    order = stable_order(customer, value)
    customer, value = customer[order], value[order]
    first = np.flatnonzero(begins(customer, value))
    count = np.diff(np.append(first, len(value)))
    new = np.flatnonzero(begins(customer[first]))
    end = np.append(new[1:], len(first))[: len(new)]
    return _Counts(customer[first][new], new, end, value[first], count)


_Number = TypeVar("_Number", np.int64, np.float64)


def _reduced(
    operation: np.ufunc, values: npt.NDArray[_Number], start: Ints, end: Ints, empty: float
) -> npt.NDArray[_Number]:
    """Reduce `values` between each pair of bounds, `empty` between equal ones."""
    result = np.full(len(start), empty, dtype=values.dtype)
    filled = end > start
    if filled.any():
        # reduceat reads pairs of bounds: every second stretch is a customer's, those between are thrown away.
        stretches = np.column_stack([start[filled], end[filled]]).ravel()
        result[filled] = operation.reduceat(np.append(values, values.dtype.type(0)), stretches)[::2]
    return result
