"""What the events of the last weeks say, by type and day: how many, which columns are told, how large amounts are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.engine import epoch_us
from pipeline.events.quality.usual import Floats
from pipeline.events.quality.volumes import known_events
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS

SPANS = (1, 3, 7, 14, 28)  # days that may be unlike the ones before
BEFORE = 84  # days that tell what is usual
DAYS = max(SPANS) + BEFORE
DAY_US = 24 * 3600 * 1_000_000
NEVER_TOLD = {"event_id", "customer_id", "occurred_at", "received_at", "event_type", "properties"}
TOLD = tuple(name for name in EVENTS.columns if name not in NEVER_TOLD)


@dataclass(frozen=True)
class Lately:
    """Of one event type, by days before `as_of`, that of the last 24 hours first: each of shape (DAYS,).

    `filled` has the events that tell a column, by column; `amounts` those with an amount above nothing, `logarithm`
    the sum of its logarithms and `squares` that of their squares.
    """

    event_type: str
    events: Floats
    filled: Mapping[str, Floats]
    amounts: Floats
    logarithm: Floats
    squares: Floats


def lately(store: Store, as_of: datetime) -> tuple[Lately, ...]:
    """Return the last sixteen weeks of each event type that had any, as known at `as_of`."""
    since, end_us = as_of - timedelta(days=DAYS), int(as_of.timestamp() * 1_000_000)
    events = known_events(store, as_of).filter(lambda event: event.occurred_at >= ibis.literal(since))
    days = events.mutate(day=(end_us - 1 - epoch_us(events.occurred_at)) // DAY_US)
    size = ibis.ifelse(days.amount > 0, days.amount.cast("float64"), ibis.null("float64")).ln()
    told = {
        **{f"told_{name}": days[name].count() for name in TOLD},
        "events": days.count(),
        "amounts": size.count(),
        "logarithm": size.sum().coalesce(0.0),
        "squares": (size * size).sum().coalesce(0.0),
    }
    rows = store.engine.to_pyarrow(days.group_by("event_type", "day").aggregate(**told).order_by("event_type", "day"))
    names = sorted(set(rows["event_type"].to_pylist()))
    return tuple(_of_type(name, rows.filter(pc.equal(rows["event_type"], name))) for name in names)


def _of_type(name: str, rows: pa.Table) -> Lately:
    place = rows["day"].to_numpy().astype(np.int64)

    def by_day(column: str) -> Floats:
        series = np.zeros(DAYS)
        series[place] = rows[column].to_numpy()
        return series

    return Lately(
        name,
        by_day("events"),
        {column: by_day(f"told_{column}") for column in TOLD},
        by_day("amounts"),
        by_day("logarithm"),
        by_day("squares"),
    )


def spans_before(series: Floats, days: int) -> Floats:
    """Return the sums of a series over each span of so many days in the twelve weeks before the last such span."""
    windows = np.lib.stride_tricks.sliding_window_view(series[days : days + BEFORE], days)
    return np.asarray(windows.sum(axis=1))


def since_when(evidence: Floats, as_of: datetime) -> datetime:
    """Return when something became unlike before: the beginning of the days up to now with the most evidence of it.

    `evidence` is by days before now, above 0 on a day that is more like the last ones than like those before.
    """
    return as_of - timedelta(days=int(np.argmax(np.cumsum(evidence))) + 1)
