"""What can be asked about the values that events have: how much they gather on few, and which is usual."""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Floats, Ints, begins, reduced, stable_order
from pipeline.windows.requests import LIFETIME, About, Window
from pipeline.windows.rows import DAY_US
from pipeline.windows.view import Selection, View

_CALENDAR = {"hour": 24, "weekday": 7, "month": 13}


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
        total = reduced(np.add, values.count, values.start, values.end, 0)
        if self.largest:
            top = reduced(np.maximum, values.count, values.start, values.end, 0) / total
        else:
            top = reduced(np.add, values.count**2, values.start, values.end, 0) / total.astype(np.float64) ** 2
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
        best = reduced(np.maximum, rank, values.start, values.end, 0)
        return view.full(values.who, np.asarray(_CALENDAR[self.part] - 1.0 - best % _CALENDAR[self.part]), np.nan)


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
