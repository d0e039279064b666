"""Which events, and what of each, are read to answer requests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass

import ibis

from pipeline.windows.filters import PRICE
from pipeline.windows.requests import Request
from pipeline.windows.rows import COLUMNS, SAID, SAYING_TYPES
from pipeline.windows.selections import Latest, Visits

ALWAYS = ("customer_id", "occurred_at", "received_at", "event_type")
_NAMING = ("field", "on")  # the attributes with which requests, selections and filters name a column
_MADE_OF = {PRICE: ("amount", "quantity"), "hour": (), "weekday": (), "month": (), "visit_seconds": ()}


def columns_of(requests: Iterable[Request]) -> tuple[str, ...]:
    """Return the columns of the event log that answering these requests takes, in the log's order."""
    named = {name for request in requests for name in _named(request)}
    return tuple(name for name in COLUMNS if name in named or name in ALWAYS)


def asked(events: ibis.Table, event_types: Sequence[str], columns: Sequence[str] = COLUMNS) -> ibis.Table:
    """Keep the events of these types with these columns; what else one says only where features want it."""
    chosen = events.filter(events.event_type.isin(event_types))
    said = ibis.cases((chosen.event_type.isin(SAYING_TYPES), chosen[SAID]))
    return chosen.mutate(**{SAID: said}).select(*columns)


def _named(part: object) -> Iterator[str]:
    """Yield the columns that a request, or anything that it is made of, names."""
    if not is_dataclass(part):
        return
    if isinstance(part, Latest | Visits):
        yield from COLUMNS  # what else they say tells events at one instant apart
    for each in fields(part):
        value = getattr(part, each.name)
        if each.name in _NAMING and isinstance(value, str):
            # What is no column, nor made of any, stands in the properties.
            yield from (value,) if value in COLUMNS else _MADE_OF.get(value, (SAID,))
        yield from _named(value)
