"""What was known at one moment: events chosen from the rows, and where each customer's windows lie among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from pipeline.windows.arrays import Floats, Ints, Mask, begins
from pipeline.windows.filters import number
from pipeline.windows.people import People
from pipeline.windows.rows import DAY_US, NO_NUMBER, SCALE, Rows

Groups = tuple[tuple[str, ...], ...]


class Selection(Protocol):
    """Which events are meant, said without touching data."""

    @property
    def needed(self) -> Groups:
        """The event types that are read, in groups: without any of a group, there is nothing to choose from."""

    @property
    def lasts(self) -> bool:
        """Whether each event says itself that it is meant, so that the same ones are at every later moment."""

    def among(self, rows: Rows) -> Ints:
        """Return the rows meant, known or not, of a selection that lasts."""

    def choose(self, view: "View") -> "Chosen":
        """Return the events meant among those known."""


@dataclass(frozen=True)
class View:
    """The rows known at a moment, in microseconds since 1970: what happened and arrived before it."""

    rows: Rows
    people: People
    cut_off_us: int

    @cached_property
    def known(self) -> Mask | None:
        """Mark the rows that were known, of shape (rows,); null when all were."""
        known = np.asarray(self.rows.known_us < self.cut_off_us)
        return None if known.all() else known

    def customers(self, event_types: Sequence[str]) -> Mask:
        """Mark the customers of whom anything of these types was known, of shape (customers,)."""
        seen = np.zeros(len(self.rows.customer_ids), bool)
        seen[self.rows.customer[self.of(event_types)]] = True
        return seen

    def of(self, event_types: Sequence[str]) -> Ints:
        """Return the rows of these types that were known, in order of customer and time."""
        return self._known(self.rows.of(event_types))

    def lasting(self, selection: Selection) -> "Chosen":
        """Return those known of a selection that lasts."""
        return Chosen(self, self._known(self.rows.lasting(selection)))

    def chosen(self, selection: Selection) -> "Chosen":
        """Return the events that a selection means, chosen once."""
        if selection not in self._chosen:
            self._chosen[selection] = selection.choose(self)
        return self._chosen[selection]

    def _known(self, rows: Ints) -> Ints:
        return rows if self.known is None else rows[self.known[rows]]

    @cached_property
    def _chosen(self) -> "dict[Selection, Chosen]":
        return {}

    def forget(self) -> None:
        """Let go of what was chosen: it points back here, and so would stay in memory for as long as nobody looks."""
        self._chosen.clear()

    def full(self, who: Ints, values: Floats, empty: float) -> Floats:
        """Return `values` of the customers `who` among all customers, `empty` for the others."""
        everyone = np.full(len(self.rows.customer_ids), empty)
        everyone[who] = values
        return everyone


@dataclass(frozen=True)
class Chosen:
    """Some of a view's rows, by position in order of customer and time.

    `own` holds numbers that belong to the choice rather than to the log, such as the length of a visit; as there, in
    whole ten-thousandths, one a chosen row.
    """

    view: View
    rows: Ints
    own: Mapping[str, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, mask: Mask) -> "Chosen":
        """Return the rows for which the mask is true."""
        return Chosen(self.view, self.rows[mask], {name: values[mask] for name, values in self.own.items()})

    @cached_property
    def customer(self) -> Ints:
        """The customer of each row."""
        return np.asarray(self.view.rows.customer[self.rows], np.int64)

    @cached_property
    def occurred_us(self) -> Ints:
        """When each row happened."""
        return self.view.rows.occurred_us[self.rows]

    @cached_property
    def age_us(self) -> Ints:
        """How long before the moment each row happened, at least a microsecond."""
        return np.asarray(self.view.cut_off_us - self.occurred_us)

    @cached_property
    def age_days(self) -> Ints:
        """The whole days before the moment: the 24 hours that end with it have age 0."""
        return np.asarray((self.age_us - 1) // DAY_US)

    @cached_property
    def start(self) -> Ints:
        """Where each customer's rows begin, of those who have any."""
        return np.flatnonzero(begins(self.customer))

    @cached_property
    def end(self) -> Ints:
        """Where each customer's rows end."""
        return np.append(self.start[1:], len(self)) if len(self) else self.start

    @cached_property
    def who(self) -> Ints:
        """The customers who have any rows."""
        return np.asarray(self.customer[self.start])

    def bounds(self, days: int | None = None, until: int = 0) -> tuple[Ints, Ints]:
        """Return where each of those customers' rows of a window start and end: `[cut-off - days, cut-off - until)`."""
        start = self.start if days is None else self.end - self._younger(days)
        return start, self.end - self._younger(until) if until else self.end

    def _younger(self, days: int) -> Ints:
        """Return how many rows of each customer happened at most so many days before the moment."""
        if days not in self._counted:
            young = np.concatenate([[0], np.cumsum(self.age_us <= days * DAY_US, dtype=np.int64)])
            self._counted[days] = young[self.end] - young[self.start]
        return self._counted[days]

    @cached_property
    def _counted(self) -> dict[int, Ints]:
        return {}

    def number(self, name: str) -> Ints:
        """Return a number of each row in whole ten-thousandths, `NO_NUMBER` where it has none."""
        return self.own[name] if name in self.own else number(self.view.rows, name, self.rows)

    def running(self, name: str) -> Ints:
        """Return the sums of a number over all rows before each place, of shape (rows + 1,); null counts nothing.

        Whole numbers, so that the difference of two places is exact, whoever's rows come before.
        """
        if name not in self._running:
            values = self.number(name)
            self._running[name] = np.concatenate([[0], np.cumsum(np.where(values == NO_NUMBER, 0, values))])
        return self._running[name]

    @cached_property
    def _running(self) -> dict[str, Ints]:
        return {}

    def everyone(self, values: Floats, empty: float) -> Floats:
        """Return a value a customer of those who have rows as one of all customers, `empty` for the rest."""
        return self.view.full(self.who, values, empty)


def plain(whole: Ints) -> Floats:
    """Return whole ten-thousandths as they are meant."""
    return np.asarray(whole / SCALE)
