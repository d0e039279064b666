"""Which events, and what of each, are read to answer requests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass

import ibis

from pipeline.windows.filters import PRICE
from pipeline.windows.requests import Request
from pipeline.windows.rows import CALENDAR, COLUMNS, NAMED, SAID, SAYING_TYPES
from pipeline.windows.selections import Latest, Visits

ALWAYS = ("customer_id", "occurred_at", "received_at", "event_type")
_NAMING = ("field", "on")  # the attributes with which requests, selections and filters name a column
_MADE_OF = {PRICE: ("amount", "quantity"), "visit_seconds": (), **dict.fromkeys(CALENDAR, ())}


@dataclass(frozen=True)
class Reading:
    """Which event types are read, with which columns; what else an event says, only of the types in `saying`."""

    event_types: tuple[str, ...]
    columns: tuple[str, ...] = COLUMNS
    saying: tuple[str, ...] = SAYING_TYPES


def columns_of(requests: Iterable[Request]) -> tuple[str, ...]:
    """Return the columns of the event log that answering these requests takes, in the log's order."""
    named = {name for request in requests for name in _named(request)}
    return tuple(name for name in (*COLUMNS, *NAMED) if name in named or name in ALWAYS)


def asked(events: ibis.Table, reading: Reading) -> ibis.Table:
    """Keep the events of these types with these columns."""
    chosen = events.filter(events.event_type.isin(reading.event_types)).select(*reading.columns)
    if SAID not in reading.columns:
        return chosen
    return chosen.mutate(**{SAID: ibis.cases((chosen.event_type.isin(reading.saying), chosen[SAID]))})


def _named(part: object) -> Iterator[str]:
    """Yield the columns that a request, or anything that it is made of, names."""
    if isinstance(part, tuple):
        for each in part:
            yield from _named(each)
    if not is_dataclass(part):
        return
    if isinstance(part, Latest | Visits):
        yield from COLUMNS  # what else they say tells events at one instant apart
    for name in getattr(part, "reads", ()):  # of a filter that is made of many fields
        yield from _columns(name)
    for each in fields(part):
        value = getattr(part, each.name)
        if each.name in _NAMING and isinstance(value, str):
            yield from _columns(value)
        yield from _named(value)


def _columns(field: str) -> tuple[str, ...]:
    """Return what a field is read from: what is no column, nor made of any, stands in the properties."""
    return (field,) if field in (*COLUMNS, *NAMED) else _MADE_OF.get(field, (SAID,))
