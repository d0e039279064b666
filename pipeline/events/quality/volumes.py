"""How many events of which type came on which day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa

from pipeline.events.contract import INSTANT
from pipeline.events.engine import epoch_us
from pipeline.events.quality.tracking import DailyCounts
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS

QUARTER_HOUR_US = 15 * 60 * 1_000_000
A_DAY_IS_OVER_AT = 22


def known_events(store: Store, as_of: datetime) -> ibis.Table:
    """Return the events as they rest that had occurred and arrived before `as_of`, under the ids that sources told."""
    events, moment = store.read(EVENTS), ibis.literal(as_of)
    return events.filter(events.occurred_at < moment, events.received_at < moment)


def volumes(store: Store, events: ibis.Table) -> pa.Table:
    """Return `event_type`, `day` in the shop's time zone and `events`, in order; days without any are absent."""
    # Calendars are slow, and every time zone changes its day at a quarter of an hour.
    quarter = epoch_us(events.occurred_at) // QUARTER_HOUR_US
    quarters = events.group_by("event_type", quarter=quarter).aggregate(
        moment=events.occurred_at.min(), events=events.count()
    )
    days = quarters.group_by("event_type", day=quarters.moment.date()).aggregate(events=quarters["events"].sum())
    found = store.engine.to_pyarrow(days.order_by("event_type", "day"))
    return found.cast(pa.schema({"event_type": pa.string(), "day": pa.date32(), "events": pa.int64()}))


def daily_counts(store: Store, found: pa.Table, last_event: datetime, as_of: datetime) -> DailyCounts:
    """Return volumes as one array a type, of the days that are over: the last one of a log often is not.

    A log that ends days before `as_of` has no gap at its end, it is stale.
    """
    first, over = min(found["day"].to_pylist()), _days_over(store, last_event, as_of)
    days = max((over - first).days, 0)
    by_type = {}
    for event_type in found["event_type"].unique().to_pylist():
        rows = found.filter(pa.compute.equal(found["event_type"], event_type))
        place = rows["day"].cast(pa.int32()).to_numpy() - (first - date(1970, 1, 1)).days
        series = np.zeros(days)
        series[place[place < days]] = rows["events"].to_numpy()[place < days]
        by_type[event_type] = series
    return DailyCounts(first, store.time_zone, by_type)


def first_and_last(store: Store, events: ibis.Table) -> tuple[datetime, datetime] | None:
    """Return the instants of the first and the last event; nothing of an empty log."""
    span = events.aggregate(first=events.occurred_at.min(), last=events.occurred_at.max())
    row = store.engine.to_pyarrow(span).cast(pa.schema({"first": INSTANT, "last": INSTANT})).to_pylist()[0]
    return (row["first"], row["last"]) if row["first"] else None


def _days_over(store: Store, last_event: datetime, as_of: datetime) -> date:
    """Return the first day that is not over: that of `as_of`, or the last one of the log if that was cut short."""
    last, now = (moment.astimezone(ZoneInfo(store.time_zone)) for moment in (last_event, as_of))
    ended = last.date() + timedelta(days=int(last.hour >= A_DAY_IS_OVER_AT))
    return min(ended, now.date())
