"""Which events are meant: of some types, with some property, and by what came before or after them.

A selection is a frozen description; `choose` finds its rows in what was known at a moment. Selections build on one
another, so "the newest view of each product that nobody bought within a day" is three of them.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Ints, Mask, ascending, begins
from pipeline.windows.filters import Filter
from pipeline.windows.rows import DAY_US, NUMBERS, SAID, SCALE, TEXTS, Rows
from pipeline.windows.view import Chosen, Groups, Selection, View

VISIT_GAP_US = 30 * 60 * 1_000_000


SECOND_US = 1_000_000


VISIT_SECONDS = "visit_seconds"


@dataclass(frozen=True)
class Of:
    """Events of some types."""

    event_types: tuple[str, ...]

    @property
    def needed(self) -> Groups:
        """These, of which a shop must have one."""
        return (self.event_types,)

    @property
    def lasts(self) -> bool:
        """Whether each event says itself that it is meant: yes."""
        return True

    def among(self, rows: Rows) -> Ints:
        """Return all of them, known or not."""
        return rows.of(self.event_types)

    def choose(self, view: View) -> Chosen:
        """Take every known one."""
        return view.lasting(self)


@dataclass(frozen=True)
class Derived:
    """A selection among another's events."""

    of: Selection

    @property
    def lasts(self) -> bool:
        """Whether each event says itself that it is meant: not when others around it have a say."""
        return False

    def among(self, rows: Rows) -> Ints:
        """Return all of them, known or not: there is no telling without a moment."""
        raise NotImplementedError

    @property
    def needed(self) -> Groups:
        """Those of the selection that it builds on."""
        return self.of.needed


@dataclass(frozen=True)
class Where(Derived):
    """The events for which a filter holds."""

    filter: Filter

    @property
    def lasts(self) -> bool:
        """Whether each event says itself that it is meant: a filter looks at nothing else."""
        return self.of.lasts

    def among(self, rows: Rows) -> Ints:
        """Return all of them, known or not."""
        found = rows.lasting(self.of)
        return found[self.filter.holds(rows, found)]

    def choose(self, view: View) -> Chosen:
        """Ask the filter, once for all moments where that can be."""
        if self.lasts:
            return view.lasting(self)
        found = view.chosen(self.of)
        return found.where(self.filter.holds(view.rows, found.rows))


@dataclass(frozen=True)
class Older(Derived):
    """The events that happened more than so many days before the moment."""

    days: float

    def choose(self, view: View) -> Chosen:
        """Compare ages."""
        found = view.chosen(self.of)
        return found.where(found.age_us > self.days * DAY_US)


@dataclass(frozen=True)
class Visits(Derived):
    """The event that begins each visit: the customer had done nothing of the kind for half an hour.

    Of events at the same instant, the one with the names and numbers that sort first begins it. `visit_seconds` is how
    long the visit went on, from its first event to its last.
    """

    def choose(self, view: View) -> Chosen:
        """Compare neighbours in time."""
        found = view.chosen(self.of)
        pauses = np.diff(found.occurred_us, prepend=0) > VISIT_GAP_US
        first = np.flatnonzero(begins(found.customer) | pauses)
        last = np.append(first[1:], len(found))[: len(first)] - 1
        lasted = (found.occurred_us[last] - found.occurred_us[first]) * SCALE // SECOND_US
        return Chosen(view, _settled(view, found, first)[first], {VISIT_SECONDS: lasted})


@dataclass(frozen=True)
class Days(Derived):
    """The newest event of each day: one row a day with any. A day is 24 hours, counted back from the moment."""

    def choose(self, view: View) -> Chosen:
        """Compare neighbours' days."""
        found = view.chosen(self.of)
        return found.where(_before(begins(found.customer, found.age_days)))


@dataclass(frozen=True)
class Newest(Derived):
    """For every value of a field, the newest event; with `day`, the newest of its day-th newest day."""

    field: str
    day: int = 1

    def choose(self, view: View) -> Chosen:
        """Rank each pair's days."""
        pairs = view.rows.by_pair(self.field)
        places = pairs.of(view.chosen(self.of).rows)
        rows, new_pair = pairs.rows[places], begins(pairs.pair[places])
        if self.day == 1:
            return Chosen(view, ascending(rows[_before(new_pair)], len(view.rows)))
        new_day = begins(pairs.pair[places], Chosen(view, rows).age_days)
        days = np.cumsum(new_day)
        rank = days[_before(new_pair)][np.cumsum(new_pair) - 1] - days + 1
        return Chosen(view, ascending(rows[_before(new_day) & (rank == self.day)], len(view.rows)))


@dataclass(frozen=True)
class Latest(Derived):
    """The latest `count` events of each customer; the earliest with `earliest`.

    Of events at the same instant, those with the names and numbers that sort last are the latest.
    """

    count: int
    earliest: bool = False

    def choose(self, view: View) -> Chosen:
        """Count from each customer's end."""
        found = view.chosen(self.of)
        rank = self._rank(found)
        here = rank < self.count
        edge = np.flatnonzero((here[1:] != here[:-1]) & (found.customer[1:] == found.customer[:-1]))
        return Chosen(view, ascending(_settled(view, found, edge)[here], len(view.rows)))

    def _rank(self, found: Chosen) -> Ints:
        each = found.end - found.start
        place = np.arange(len(found)) - np.repeat(found.start, each)
        return place if self.earliest else np.repeat(each, each) - 1 - place


@dataclass(frozen=True)
class Together(Derived):
    """One event for all at the same instant, such as a basket for its lines; its number is their sum, null being 0."""

    field: str

    def choose(self, view: View) -> Chosen:
        """Subtract running sums."""
        found = view.chosen(self.of)
        first = np.flatnonzero(begins(found.customer, found.occurred_us))
        end = np.append(first[1:], len(found))[: len(first)]
        running = found.running(self.field)
        return Chosen(view, found.rows[first], {self.field: running[end] - running[first]})


def _before(new: Mask) -> Mask:
    """Mark the last place of every stretch of which `new` marks the first."""
    return np.append(new[1:], np.ones(min(len(new), 1), bool))


def _settled(view: View, found: Chosen, places: Ints) -> Ints:
    """Return the rows, those at the instants of some places in order of their names and numbers."""
    instant = np.cumsum(begins(found.customer, found.occurred_us)) - 1
    asked = np.zeros(len(found), bool)
    asked[instant[places]] = True
    asked &= np.bincount(instant, minlength=len(found)) > 1
    tied = np.flatnonzero(asked[instant])
    rows, settled = found.rows[tied], found.rows.copy()
    keys: list[Ints] = [view.rows.number(name)[rows] for name in NUMBERS]
    keys += [view.rows.text(name).codes[rows].astype(np.int64) for name in (*TEXTS, SAID)]
    settled[tied] = rows[np.lexsort((*keys, instant[tied]))]
    return settled
