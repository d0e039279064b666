"""What can be asked of a single event: a text, a number, the hour or the season."""

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.windows.arrays import Ints, Mask
from pipeline.windows.rows import CALENDAR, NO_NUMBER, NUMBERS, SCALE, TEXTS, Rows

PRICE = "price"  # an amount over its quantity, in money a piece


class Filter(Protocol):
    """A question about an event, answered yes or no; what is null is never a yes."""

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Say for each of the chosen rows whether the answer is yes."""


@dataclass(frozen=True)
class OneOf:
    """The field is one of these texts; with `other`, it is known and none of them."""

    field: str
    values: tuple[str, ...]
    other: bool = False

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Look each row's code up."""
        known = frozenset(self.values)
        return rows.text(self.field).where(self, lambda text: (text in known) is not self.other, chosen)


@dataclass(frozen=True)
class Matching:
    """Somewhere in the field's text stands one of these words, whatever their case."""

    field: str
    words: tuple[str, ...]

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Search each different text once."""
        pattern = re.compile("|".join(map(re.escape, self.words)) or "(?!)", re.IGNORECASE)
        return rows.text(self.field).where(self, lambda text: pattern.search(text) is not None, chosen)


@dataclass(frozen=True)
class Known:
    """The field is not null."""

    field: str

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Look at the code, or at the number."""
        if self.field in TEXTS:
            return np.asarray(rows.text(self.field).codes[chosen] >= 0)
        return np.asarray(number(rows, self.field, chosen) != NO_NUMBER)


@dataclass(frozen=True)
class Between:
    """The number is at least `low` and less than `high`; null leaves that side open."""

    field: str
    low: float | None = None
    high: float | None = None

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Compare whole ten-thousandths."""
        values = number(rows, self.field, chosen)
        return np.asarray(
            (values != NO_NUMBER)
            & (self.low is None or values >= round(self.low * SCALE))
            & (self.high is None or values < round(self.high * SCALE))
        )


@dataclass(frozen=True)
class During:
    """The event fell in a part of the shop's own calendar: an `hour`, a `weekday` (Monday 0) or a `month`.

    `first` and `last` are included; where the last is less than the first, the part runs over midnight or New Year.
    """

    part: str
    first: int
    last: int

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Read the calendar."""
        value = rows.part(self.part)[chosen]
        if self.first <= self.last:
            return np.asarray((value >= self.first) & (value <= self.last))
        return np.asarray((value >= self.first) | (value <= self.last))


@dataclass(frozen=True)
class Not:
    """Another filter does not hold; this one is a yes for what is null."""

    filter: Filter

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Turn each answer round."""
        return np.asarray(~self.filter.holds(rows, chosen))


WEEKEND = During("weekday", 5, 6)
GIFT_SEASON = During("month", 10, 12)


def number(rows: Rows, field: str, chosen: Ints) -> Ints:
    """Return a number of the chosen rows in whole ten-thousandths: a column or made of some, or what properties say."""
    if field in NUMBERS:
        return rows.number(field)[chosen]
    if field == PRICE:
        amount, quantity = rows.number("amount")[chosen], rows.number("quantity")[chosen]
        # Pieces that a shop does not count are one.
        pieces = np.where(quantity == NO_NUMBER, SCALE, np.maximum(quantity, 1))
        return np.where(amount == NO_NUMBER, NO_NUMBER, np.rint(amount / pieces * SCALE).astype(np.int64))
    if field in CALENDAR:
        return rows.part(field)[chosen] * SCALE
    told = rows.measured(field)[chosen]
    none = np.isnan(told)
    return np.where(none, NO_NUMBER, np.rint(np.where(none, 0, told) * SCALE).astype(np.int64))
