"""Events with which a sequence of events begins, some of which must not come in between.

Taking the next event that fits is not enough: a later one may leave what must not come behind it. But all events that
can be a step of some sequence, and only those, stand in such an order that the steps to which a sequence can come from
one event are a stretch of them without a hole, and so are those to which it can come from a stretch: from its first
event leads the way to the first of the next step, and from its last one to the last.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Ints, Mask, last_at_most
from pipeline.windows.rows import Rows
from pipeline.windows.selections import Derived
from pipeline.windows.view import Chosen, Groups, Selection, View

Stretches = tuple[Ints, Ints]  # for every event the first place and the end of a stretch among other events


@dataclass(frozen=True)
class Step:
    """One of `events` comes, later than the step before, and from that step until it, nothing of `without` comes."""

    events: Selection
    without: Selection | None = None


@dataclass(frozen=True)
class Sequences(Derived):
    """The events after which all steps come in order, the last at most `limit_us` microseconds after the event itself.

    Nothing of `without` comes from the last step on until the limit is over, which it must be before the moment; with
    no limit, until the moment. An event at the very instant of a step counts as coming after it.
    """

    steps: tuple[Step, ...] = ()
    limit_us: int | None = None
    without: Selection | None = None

    @property
    def needed(self) -> Groups:
        """Those of all steps."""
        told = [self.of, *(step.events for step in self.steps), *(step.without for step in self.steps), self.without]
        return tuple(group for selection in told if selection is not None for group in selection.needed)

    def choose(self, view: View) -> Chosen:
        """Find the first events from which a last one can be reached in time, and left alone."""
        places = [view.chosen(self.of).rows, *(view.chosen(step.events).rows for step in self.steps)]
        barriers = [_rows(view, step.without) for step in self.steps]
        places, (low, high) = _reached(view.rows, places, barriers)
        first, last = places[0], places[-1]
        return Chosen(view, first[self._in_time(view, first, last, low, high)])

    def _in_time(self, view: View, first: Ints, last: Ints, low: Ints, high: Ints) -> Mask:
        """Mark the first events of which one of the `last` ones from `low` to `high` will do."""
        occurred = view.rows.occurred_us
        until = np.full(len(first), view.cut_off_us) if self.limit_us is None else occurred[first] + self.limit_us
        soon = np.asarray(occurred[last[low]] <= until)
        if self.without is None:
            return soon
        # The later the last step, the less can come after it.
        best = last[last_at_most(occurred[last], low, high, until)]
        over = soon if self.limit_us is None else soon & (until < view.cut_off_us)
        return np.asarray(over & (_next_us(view.rows, best, view.chosen(self.without).rows) > until))


def _rows(view: View, selection: Selection | None) -> Ints | None:
    return None if selection is None else view.chosen(selection).rows


def _reached(rows: Rows, places: list[Ints], barriers: list[Ints | None]) -> tuple[list[Ints], Stretches]:
    """Return the events of each step that some sequence has, and for each first one the last ones that it leads to.

    These are given by the places of the first and the last of them.
    """
    leading = _leading(rows, places, barriers)
    low = high = np.arange(len(leading[0]))
    found = leading[:1]
    for ahead, barrier in zip(leading[1:], barriers, strict=True):
        start, end = _ahead(rows, found[-1], ahead, barrier)
        led_to = (
            np.cumsum(np.bincount(start, minlength=len(ahead)) - np.bincount(end, minlength=len(ahead) + 1)[:-1]) > 0
        )
        place = np.cumsum(led_to) - 1
        low, high = place[start[low]], place[end[high] - 1]
        found = [*found, ahead[led_to]]
    return found, (low, high)


def _leading(rows: Rows, places: list[Ints], barriers: list[Ints | None]) -> list[Ints]:
    """Return the events of each step after which all later steps can come."""
    found = [places[-1]]
    for own, barrier in zip(reversed(places[:-1]), reversed(barriers), strict=True):
        start, end = _ahead(rows, own, found[0], barrier)
        found = [own[start < end], *found]
    return found


def _ahead(rows: Rows, own: Ints, ahead: Ints, barrier: Ints | None) -> Stretches:
    """Return which events of the next step can follow each: later ones, up to the instant of what must not come."""
    stop = rows.end[own]
    if barrier is not None:
        place = np.searchsorted(barrier, rows.instant[own])
        stop = np.minimum(stop, np.append(rows.later[barrier], len(rows))[place])
    start = np.searchsorted(ahead, rows.later[own])
    return start, np.maximum(np.searchsorted(ahead, stop), start)


def _next_us(rows: Rows, own: Ints, barrier: Ints) -> Ints:
    """Return when the same customer's next event of `barrier` happened, at an event's instant or later."""
    place = np.searchsorted(barrier, rows.instant[own])
    row = np.append(barrier, 0)[place]
    there = (place < len(barrier)) & (rows.customer[row] == rows.customer[own])
    return np.where(there, rows.occurred_us[row], np.iinfo(np.int64).max)
