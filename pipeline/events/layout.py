"""The order in which events rest: by month, and within it by customer, then instant, then id.

What one customer did in one month so lies together: a tile. Whoever reads a range of customers can pass over the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import reduce
from operator import add
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from pipeline.events.contract import LONGEST_NAME
from pipeline.events.engine import epoch_us, stream
from pipeline.events.tables import EVENTS

MONTH = "month"
ORDER = ("customer_id", "occurred_at", "event_id")
ROWS_AT_ONCE = 10**6  # sorted together, in a few hundred megabytes
WIDE = 1000  # characters of long texts in a row; each thread that sorts holds some 120,000 rows at once


def in_order(engine: Backend, events: ibis.Table) -> Iterator[pa.RecordBatch]:
    """Yield the events of a query as they rest; months are in UTC.

    The engine sorts a few months at a time and spills what it cannot hold. Of wide rows it can hold few, so these leave
    it with one thread.
    """
    months = _months_of(engine, events)
    if any(month["characters"] > WIDE * month["rows"] for month in months):
        engine.settings["threads"] = 1
    for begin, end in _stretches(months):
        within = events.filter(events.occurred_at >= ibis.literal(begin), events.occurred_at < ibis.literal(end))
        yield from stream(engine, within.order_by(_month(events), *ORDER).select(*EVENTS.columns))


def put_in_order(events: pa.Table) -> pa.Table:
    """Return events that are in memory as they rest."""
    dated = events.append_column(MONTH, month_of(events["occurred_at"]))
    return dated.sort_by([(name, "ascending") for name in (MONTH, *ORDER)]).drop_columns([MONTH])


def month_of(moments: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return the first instant of the month, in UTC, of each of these instants."""
    return pc.floor_temporal(moments, unit="month")


def _month(events: ibis.Table) -> ibis.Value:
    # The engine's own month would be that of its time zone.
    return (epoch_us(events.occurred_at) // 1000).as_timestamp("ms").truncate("month")


def _months_of(engine: Backend, events: ibis.Table) -> list[dict[str, Any]]:
    """Return each `month` that has events, with its `rows` and the `characters` of their long texts."""
    long_texts = [events[one.name].length() for one in EVENTS.fields if (one.longest or 0) > LONGEST_NAME]
    characters = reduce(add, (length.fill_null(0) for length in long_texts))
    months = events.group_by(month=_month(events)).aggregate(rows=events.count(), characters=characters.sum())
    told: list[dict[str, Any]] = engine.to_pyarrow(months.order_by("month")).to_pylist()
    return told


def _stretches(months: Iterable[Mapping[str, Any]]) -> Iterator[tuple[datetime, datetime]]:
    """Yield stretches of whole months, one after the other, each of few enough events to be sorted in memory.

    A month that alone has more is a stretch of its own.
    """
    begin, held = None, 0
    for month in months:
        moment = month["month"].replace(tzinfo=UTC)
        if begin and held + month["rows"] > ROWS_AT_ONCE:
            yield begin, moment
            begin, held = None, 0
        begin, held = begin or moment, held + month["rows"]
    if begin:
        yield begin, datetime.max.replace(tzinfo=UTC)
