"""Every feature worked out before your eyes, on the history of one invented customer.

What a feature is worth at `EXAMPLE_AS_OF` is asked of the builder itself, so that an example cannot say anything but
what the feature does.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import ibis
import pyarrow as pa

from features.builder import build_features, planned
from features.catalogue import CATALOGUE
from features.column import Column
from features.example_log import EXAMPLE_AS_OF, EXAMPLE_VOCABULARY, LOG, PERSON, TOLD_ON
from features.feature import Feature, FeatureColumn, requests_of
from pipeline.errors import FeatureError, did_you_mean
from pipeline.events.contract import Contract
from pipeline.events.history import History, history_of
from pipeline.events.tables import CUSTOMERS, EVENTS
from pipeline.windows.requests import LIFETIME

Catalogue = tuple[Feature, ...]

CUSTOMER = "C-1042"
OWN_ROW = "row about the customer"
FEW, MANY = 8, 30  # lines
_OBJECTS = ("properties", "traits")
_PLACE = re.compile("<[a-z_]+>")


@dataclass(frozen=True)
class Entry:
    """A line of the history: when, the event type, and everything else that is known of it."""

    when: datetime
    what: str
    details: dict[str, object]


@dataclass(frozen=True)
class WorkedExample:
    """A feature's value at a moment beside what the feature reads: the lines in or near its window, oldest first.

    `column` is the one whose value it is; `left_out` counts the older lines that it reads and that are not shown.
    `value` is null where the feature has none.
    """

    column: FeatureColumn
    moment: datetime
    entries: tuple[Entry, ...]
    left_out: int
    value: float | None


def outlines(features: Catalogue = CATALOGUE) -> tuple[tuple[FeatureColumn, FeatureColumn], ...]:
    """Return the description of every feature beside that of the example's column, which are mostly the same.

    All values of a field stand in one description, such as `visits_<source>_90d`, beside the column of the first one.
    """
    return tuple(pair for feature in features for pair in feature.outline(EXAMPLE_VOCABULARY))


def described(name: str, features: Catalogue = CATALOGUE) -> FeatureColumn:
    """Return the description under a name of the list, or of a column of any shop; FeatureError names the nearest."""
    return _found(name, features)[0]


def worked_example(name: str, features: Catalogue = CATALOGUE) -> WorkedExample:
    """Work a feature out; for a value of a field that the example does not know, one that it knows stands in."""
    column, asked = _worked(features).columns[_found(name, features)[1]]
    read = tuple(_read(column, asked))
    shown = _near(read, asked)
    return WorkedExample(column, EXAMPLE_AS_OF, shown, len(read) - len(shown), _worked(features).value(column.name))


def value_of(outline: FeatureColumn, column: FeatureColumn) -> str:
    """Return the value of a field that a column is about, as its name spells it; empty for one that is about none."""
    found = re.fullmatch(_pattern(outline), column.name)
    return found[1] if found and found.groups() else ""


@dataclass(frozen=True)
class _Worked:
    """Every column of the example's shop, by name, and the customer's values."""

    columns: Mapping[str, tuple[FeatureColumn, Column]]
    values: Mapping[str, float]

    def value(self, name: str) -> float | None:
        return None if math.isnan(self.values[name]) else self.values[name]


@cache
def _worked(features: Catalogue) -> _Worked:
    plan = planned(EXAMPLE_VOCABULARY, features)
    (values,) = build_features(example_history(), (), EXAMPLE_VOCABULARY, features).values.tolist()
    pairs = zip(plan.described, plan.columns, strict=True)
    return _Worked(
        {pair[0].name: pair for pair in pairs},
        dict(zip((column.name for column in plan.described), values, strict=True)),
    )


def example_history() -> History:
    """Return the example's log as the builder reads it."""
    events = [
        {"event_id": f"{number}", "customer_id": CUSTOMER, "occurred_at": when, "received_at": when}
        | {"event_type": what, **fields}
        for number, (when, what, fields) in enumerate(_events())
    ]
    person = {"customer_id": CUSTOMER, "received_at": _instant(TOLD_ON), **PERSON}
    return history_of(_table(EVENTS, events), EXAMPLE_AS_OF, people=_table(CUSTOMERS, [person]))


def _events() -> Iterator[tuple[datetime, str, Mapping[str, object]]]:
    return ((_instant(when), what, fields) for when, what, fields in LOG)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _table(contract: Contract, rows: Sequence[Mapping[str, object]]) -> ibis.Table:
    full = [{name: row.get(name) for name in contract.columns} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(full, contract.schema), schema=ibis.Schema.from_pyarrow(contract.schema))


def _found(name: str, features: Catalogue) -> tuple[FeatureColumn, str]:
    """Return the description under a name, and the name of the example's column that stands for it."""
    columns = _worked(features).columns
    if name in columns:
        return columns[name][0], name
    for outline, first in outlines(features):
        if name == outline.name or re.fullmatch(_pattern(outline), name):
            return outline, first.name
    known = (*columns, *(outline.name for outline, _ in outlines(features)))
    raise FeatureError(f'There is no feature "{name}".{did_you_mean(name, known)} See `segcast features list`.')


def _pattern(outline: FeatureColumn) -> str:
    return _PLACE.sub("(.+)", outline.name)


def _read(column: FeatureColumn, asked: Column) -> Iterator[Entry]:
    """Yield the lines that a column reads, oldest first."""
    if any(not request.needed for request in requests_of(asked)):
        yield Entry(_instant(TOLD_ON), OWN_ROW, _details(PERSON))
    yield from (Entry(when, what, _details(fields)) for when, what, fields in _events() if what in column.events)


def _details(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields with what stands in JSON among them."""
    plain = {name: value for name, value in fields.items() if name not in _OBJECTS}
    return plain | {name: value for told in _OBJECTS for name, value in json.loads(str(fields.get(told, "{}"))).items()}


def _near(read: tuple[Entry, ...], asked: Column) -> tuple[Entry, ...]:
    """Return the lines in the longest window and the one before it; all of few, and the latest of many."""
    windows = [getattr(request, "window", LIFETIME) for request in requests_of(asked)]
    days = [math.inf if window.days is None else window.days for window in windows]
    if len(read) <= FEW or math.inf in days:
        return read[-MANY:]
    older = sum(entry.when < EXAMPLE_AS_OF - timedelta(days=max(days)) for entry in read)
    return read[max(older - 1, 0) :][-MANY:]
