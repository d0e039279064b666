"""Findings about time: events of the future, clocks that differ, a log that has stopped."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import ibis
import numpy as np

from pipeline.events.contract import INSTANT
from pipeline.events.months import Month
from pipeline.events.quality.counted import Counted
from pipeline.events.quality.finding import Finding, Severity, percent
from pipeline.events.quality.tracking import DailyCounts
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS, QUARANTINE

STALE = timedelta(days=2)
MUCH_SKEW = 0.01


def about_times(store: Store, found: Counted, as_of: datetime) -> Iterator[Finding]:
    """Yield what is impossible about the events' instants."""
    yield from _future(_ahead(store, found, as_of), _refused_for_the_future(store, as_of), found.events)
    if found.skewed:
        share = found.skewed / found.events
        yield Finding(
            "clock skew",
            Severity.WARNING if share > MUCH_SKEW else Severity.NOTE,
            f"{percent(share)} of the events arrived before they occurred: {found.skewed:,}.",
            "Compare the clocks, and the time zones, of the source that occurred and of the one that received.",
            {"events": found.skewed, "share": share},
        )


def about_freshness(counts: DailyCounts, last_event: datetime, as_of: datetime) -> Iterator[Finding]:
    """Yield that the log has stopped, if it is silent for twice as long as it ever was."""
    age = as_of - last_event
    total = np.sum(list(counts.by_type.values()), axis=0)
    longest = max((len(run) - 1 for run in np.split(total, np.flatnonzero(total > 0))), default=0)
    if age > max(STALE, 2 * timedelta(days=longest + 1)):
        yield Finding(
            "freshness",
            Severity.SEVERE if age > timedelta(days=7) else Severity.WARNING,
            f"The last event is {age.days} days old, of {last_event:%Y-%m-%d}.",
            "Check whether the exports still arrive; who was silent since then is not known.",
            {"last_event": last_event, "age_days": age / timedelta(days=1), "longest_pause_days": longest},
        )


def _future(ahead: int, refused: int, known: int) -> Iterator[Finding]:
    if ahead:
        yield Finding(
            "future times",
            Severity.WARNING,
            f"Events dated later than the moment at which they were read: {ahead:,}.",
            "Check the source's time format and time zone: days and months may be interchanged.",
            {"events": ahead, "known_events": known},
        )
    if refused:
        yield Finding(
            "future times",
            Severity.NOTE,
            f"Rows set aside because they are dated in the future: {refused:,}.",
            "Check the source's time format and time zone.",
            {"rows": refused},
        )


def _ahead(store: Store, found: Counted, as_of: datetime) -> int:
    """Return how many events are dated later than they were read; months that were over then have none."""
    moment, written = ibis.literal(as_of), _last_ingest(store)
    return sum(_ahead_of(store, month, moment, max(as_of, written) if written else None) for month in found.unsettled)


def _ahead_of(store: Store, month: Month, moment: ibis.Value, written: datetime | None) -> int:
    events = month.events(store)
    ahead = (events.received_at < moment) & (events.occurred_at >= moment)
    if written is not None:
        # What is dated later than the log was last written to is of the future, whatever moment is asked about.
        latest = ibis.literal(written)
        ahead |= (events.occurred_at >= latest) | (events.received_at >= latest)
    return int(store.engine.execute(ahead.sum()) or 0)


def _refused_for_the_future(store: Store, as_of: datetime) -> int:
    rows = store.read(QUARANTINE)
    told = rows.filter(rows.ingested_at < ibis.literal(as_of), rows.reason.contains("in the future"))
    return int(store.engine.execute(told.count()))


def _last_ingest(store: Store) -> datetime | None:
    moment = store.engine.to_pyarrow(store.read(INGESTS).ingested_at.max())
    found: datetime | None = moment.cast(INSTANT).as_py()
    return found
