"""Money that a source tells as text: to the digit in shops' own systems, as binary fractions in what measures them."""

from collections.abc import Mapping

import ibis

from pipeline.events.contract import EXACT
from pipeline.events.tables import EVENTS
from pipeline.sources.numbers import exact

MONEY = ibis.dtype(EXACT)
_AMOUNTS = tuple(field.name for field in EVENTS.fields if field.type == EXACT)


def money(text: ibis.Value) -> ibis.Value:
    """Read an amount, null where it cannot be read or has more digits than the log keeps."""
    return exact(text, MONEY)


def rounded(text: ibis.Value) -> ibis.Value:
    """Read an amount to the four digits after the point that the log keeps, null where it cannot be read.

    Scripts in browsers reckon in binary fractions: what they tell as 8.403361344537815 was never exact.
    """
    return text.try_cast(MONEY)


def rounded_amounts(given: Mapping[str, ibis.Value]) -> dict[str, ibis.Value]:
    """Return those of an event's fields that are amounts of something, read by `rounded`."""
    return {name: rounded(given[name].cast("string").strip()) for name in _AMOUNTS if name in given}


def total(texts: ibis.Value) -> ibis.Value:
    """Add up an array of amounts: nought without any, null where one of them cannot be read."""
    given = texts.filter(lambda one: one.notnull())
    unreadable = given.filter(lambda one: money(one).isnull())
    amount = given.map(money).sums().cast(MONEY)
    return ibis.ifelse(unreadable.length() > 0, ibis.null(MONEY), amount.fill_null(0))
