"""The events of some customers as numbers: one array a column, in order of customer and time.

Everything a feature asks for is read from these arrays, whatever the moment: nothing is summed away beforehand, so a
window, a gap or a visit is exact to the microsecond, and an event that arrived late is one more row.
"""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.windows.calendar import Calendar

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.signedinteger[Any]]

DAY_US = 86_400_000_000
UNKNOWN = -1  # the code of a text that is null
NO_NUMBER = np.iinfo(np.int64).min  # a number that is null
SCALE = 10_000  # numbers are kept as whole ten-thousandths, as the event log has them, so that sums are exact

TEXTS = ("event_type", "product_id", "category", "channel", "device", "source", "campaign_id", "page", "query")
NUMBERS = ("amount", "discount", "quantity", "duration_seconds")
SAID = "properties"  # read for the few event types that say something there that features want
SAYING_TYPES = ("feature_used", "subscription_started", "support_contacted", "survey_answered")
_FEW = 16
COLUMNS = ("customer_id", "occurred_at", "received_at", *TEXTS, *NUMBERS, SAID)


@dataclass(frozen=True)
class Coded:
    """A column of text: a code a row, and the names that the codes number, in order.

    `answers` remembers what was asked about the names, for all columns that have the same ones.
    """

    codes: Codes
    names: pa.StringArray
    answers: dict[Hashable, Mask] = field(default_factory=dict, repr=False, compare=False)

    def at(self, places: Ints) -> "Coded":
        """Return the column of some rows."""
        return Coded(self.codes[places], self.names, self.answers)

    def where(self, question: Hashable, holds: Callable[[str], bool], chosen: Ints) -> Mask:
        """Mark the chosen rows whose text there is and for which `holds`, the answer to `question`, is true."""
        if question not in self.answers:
            self.answers[question] = np.array([*map(holds, self.names.to_pylist()), False], bool)
        return self.answers[question][self.codes[chosen]]

    def said(self, name: str) -> "Coded":
        """Return what each row's text, a JSON object, says under a name, as a column of its own; only text counts."""
        used = np.flatnonzero(np.bincount(self.codes + 1, minlength=len(self.names) + 1)[1:])
        told = [json.loads(text).get(name) for text in self.names.take(pa.array(used, pa.int64())).to_pylist()]
        texts = sorted({text for text in told if isinstance(text, str)})
        place = {text: code for code, text in enumerate(texts)}
        codes = np.full(len(self.names) + 1, UNKNOWN, np.int32)  # the last entry is a null's, whose code is -1
        codes[used] = [place[text] if isinstance(text, str) else UNKNOWN for text in told]
        return Coded(codes[self.codes], pa.array(texts, pa.string()))


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

    def text(self, name: str) -> Coded:
        """Return a column of text, or the text that the properties say under the name."""
        if name not in self._texts:
            column = self.all_texts.get(name)
            self._texts[name] = self.text(SAID).said(name) if column is None else column.at(self.places)
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

    @cached_property
    def instant(self) -> Ints:
        """The first row at the same instant of the same customer, for every row."""
        return firsts(begins(self.customer, self.occurred_us))

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


def begins(*keys: Ints) -> Mask:
    """Mark the places at which any of the keys, in order, differs from the place before."""
    first = np.ones(min(len(keys[0]), 1), bool)
    if not len(first):
        return first
    changed = keys[0][1:] != keys[0][:-1]
    for key in keys[1:]:
        changed |= key[1:] != key[:-1]
    return np.concatenate([first, changed])


def firsts(new: Mask) -> Ints:
    """Return for every place where its stretch begins; `new` marks the beginnings."""
    return np.flatnonzero(new)[np.cumsum(new) - 1] if len(new) else np.array([], np.int64)


def stable_order(*keys: Codes) -> Ints:
    """Return the order by the first key, then the next ones, equal rows as they were; keys are whole and not negative.

    Sixteen bits at a time, for which NumPy sorts by counting rather than by comparing.
    """
    order = np.arange(len(keys[0]))
    for key in reversed(keys):
        for shift in range(0, max(int(key.max(initial=0)).bit_length(), 1), 16):
            digits = (key >> shift).astype(np.uint16)  # the lowest sixteen bits, whatever the kind of the key
            order = order[np.argsort(digits[order], kind="stable")]
    return order


def ascending(places: Ints, total: int) -> Ints:
    """Return different places, of `total` that there are, in order: by marking them, unless they are few."""
    if len(places) * _FEW < total:
        return np.sort(places)
    marked = np.zeros(total, bool)
    marked[places] = True
    return np.flatnonzero(marked)
