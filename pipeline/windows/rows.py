"""The events of some customers as numbers: one array a column, in order of customer and time.

Everything a feature asks for is read from these arrays, whatever the moment: nothing is summed away beforehand, so a
window, a gap or a visit is exact to the microsecond, and an event that arrived late is one more row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa

from pipeline.windows.arrays import Floats, Ints, Mask, ascending, begins, ends, firsts, stable_order
from pipeline.windows.calendar import Calendar
from pipeline.windows.coded import UNKNOWN, Coded

DAY_US = 86_400_000_000
NO_NUMBER = np.iinfo(np.int64).min  # a number that is null
SCALE = 10_000  # numbers are kept as whole ten-thousandths, as the event log has them, so that sums are exact

TEXTS = ("event_type", "product_id", "category", "channel", "device", "source", "campaign_id", "page", "query")
NUMBERS = ("amount", "discount", "quantity", "duration_seconds")
SAID = "properties"  # read for the few event types that say something there that features want
SAYING_TYPES = ("feature_used", "subscription_started", "support_contacted", "survey_answered")
COLUMNS = ("customer_id", "occurred_at", "received_at", *TEXTS, *NUMBERS, SAID)
NAMED = ("order_id", "country")  # more texts, read where they are asked for by name: no feature does
PROPERTY = f"{SAID}."  # how the name of a field may begin that stands there, lest it be taken for a column
CALENDAR = ("hour", "weekday", "month")


class Lasting(Protocol):
    """Which rows are meant, by what each says itself: so the same ones at every moment at which they are known."""

    def among(self, rows: "Rows") -> Ints:
        """Return them, in order."""


@dataclass(frozen=True)
class Rows:
    """Events of the customers in `customer_ids`, which are in order; each array has one entry a row.

    `customer` numbers the customers, `occurred_us` and `known_us` are microseconds since 1970 of when an event happened
    and of when it was known: the later of its happening and its arrival. What else a row says stands at `places` in the
    columns of a larger part of the log, and is fetched when it is first asked for.
    """

    customer_ids: pa.StringArray
    customer: Ints
    occurred_us: Ints
    known_us: Ints
    places: Ints
    all_texts: Mapping[str, Coded]
    all_numbers: Mapping[str, Ints]
    calendar: Calendar

    def __len__(self) -> int:
        return len(self.customer)

    def apart(self) -> "Rows":
        """Return the same rows with nothing of the larger part of the log, so that they travel lightly."""
        texts = {name: column.apart(self.places) for name, column in self.all_texts.items() if name != "customer_id"}
        numbers = {name: self.number(name) for name in self.all_numbers}
        customer_ids = pa.concat_arrays([self.customer_ids])  # a slice would take all ids along
        return replace(
            self, customer_ids=customer_ids, places=np.arange(len(self)), all_texts=texts, all_numbers=numbers
        )

    def text(self, name: str) -> Coded:
        """Return a column of text, or the text that the properties say under the name."""
        if name not in self._texts:
            column = self.all_texts.get(name)
            inside = name.removeprefix(PROPERTY)
            self._texts[name] = self.text(SAID).said(inside) if column is None else column.at(self.places)
        return self._texts[name]

    @cached_property
    def _texts(self) -> dict[str, Coded]:
        return {}

    def number(self, name: str) -> Ints:
        """Return a column of numbers, in whole ten-thousandths, `NO_NUMBER` for null."""
        if name not in self._numbers:
            self._numbers[name] = self.all_numbers[name][self.places]
        return self._numbers[name]

    @cached_property
    def _numbers(self) -> dict[str, Ints]:
        return {}

    def measured(self, name: str) -> Floats:
        """Return the number that the properties say under the name, NaN where they say none."""
        if name not in self._measured:
            self._measured[name] = self.text(SAID).measured(name.removeprefix(PROPERTY))
        return self._measured[name]

    def says(self, name: str) -> Mask:
        """Mark the rows whose properties say anything under the name."""
        return self.text(SAID).says(name.removeprefix(PROPERTY))

    @cached_property
    def _measured(self) -> dict[str, Floats]:
        return {}

    @cached_property
    def instant(self) -> Ints:
        """The first row at the same instant of the same customer, for every row."""
        return firsts(begins(self.customer, self.occurred_us))

    @cached_property
    def later(self) -> Ints:
        """Where the rows at the same instant of the same customer end, for every row."""
        return ends(begins(self.customer, self.occurred_us))

    @cached_property
    def end(self) -> Ints:
        """Where the rows of the same customer end, for every row."""
        return ends(begins(self.customer))

    @cached_property
    def by_type(self) -> Mapping[str, Ints]:
        """The rows of each event type, in order."""
        coded = self.text("event_type")
        order = np.argsort(coded.codes, kind="stable")
        ends = np.cumsum(np.bincount(coded.codes, minlength=len(coded.names)))
        return dict(zip(coded.names.to_pylist(), np.split(order, ends[:-1]), strict=True)) if len(ends) else {}

    def of(self, event_types: Sequence[str]) -> Ints:
        """Return the rows of these event types, in order."""
        if len(event_types) == 1:
            return self.by_type.get(event_types[0], np.array([], np.int64))
        wanted = frozenset(event_types)
        return np.flatnonzero(self.text("event_type").where(wanted, wanted.__contains__, np.arange(len(self))))

    def lasting(self, selection: "Lasting") -> Ints:
        """Return all rows that a selection means whatever the moment, found once."""
        if selection not in self._lasting:
            self._lasting[selection] = selection.among(self)
        return self._lasting[selection]

    @cached_property
    def _lasting(self) -> "dict[Lasting, Ints]":
        return {}

    def part(self, name: str) -> Ints:
        """Return the hour, the weekday or the month of every row on the shop's calendar."""
        if name not in self._parts:
            read = {"hour": self.calendar.hour, "weekday": self.calendar.weekday, "month": self.calendar.month}
            self._parts[name] = read[name](self.occurred_us)
        return self._parts[name]

    @cached_property
    def _parts(self) -> dict[str, Ints]:
        return {}

    def by_pair(self, field: str) -> "Pairs":
        """Return the rows that have the field, in order of customer, the field's value and time."""
        if field not in self._by_pair:
            coded = self.text(field)
            has = np.flatnonzero(coded.codes >= 0)
            # Rows are in order of customer and time already, and a stable sort keeps that within a value.
            rows = has[stable_order(self.customer[has], coded.codes[has])]
            pair = self.customer[rows] * len(coded.names) + coded.codes[rows]
            self._by_pair[field] = Pairs(rows, pair, self.occurred_us[rows], len(self))
        return self._by_pair[field]

    @cached_property
    def _by_pair(self) -> "dict[str, Pairs]":
        return {}


@dataclass(frozen=True)
class Pairs:
    """Rows in order of customer, a field's value and time; `pair` numbers the customer and value of each.

    `total` is how many rows there are, with those that do not have the field.
    """

    rows: Ints
    pair: Ints
    occurred_us: Ints
    total: int

    @cached_property
    def place(self) -> Ints:
        """Where among these each row stands, -1 for a row without the field."""
        places = np.full(self.total, UNKNOWN)
        places[self.rows] = np.arange(len(self.rows))
        return places

    @cached_property
    def instant(self) -> Ints:
        """The first place at the same instant with the same customer and value, for every place."""
        return firsts(begins(self.pair, self.occurred_us))

    def of(self, rows: Ints) -> Ints:
        """Return the places of some rows, those without the field left out, in order."""
        found = self.place[rows]
        return ascending(found[found >= 0], len(self.rows))
