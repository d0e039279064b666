"""The quality report: one look at the log, everything that is amiss."""

from datetime import datetime

import pyarrow.compute as pc

from pipeline.errors import StoreError
from pipeline.events.quality.arrivals import about_arrivals
from pipeline.events.quality.content import about_currencies, about_event_types
from pipeline.events.quality.finding import QualityReport, severest_first
from pipeline.events.quality.joining import about_ids
from pipeline.events.quality.pace import about_bots
from pipeline.events.quality.silenced import about_gaps
from pipeline.events.quality.times import about_freshness, about_times
from pipeline.events.quality.tracking import find_gaps
from pipeline.events.quality.volumes import daily_counts, first_and_last, known_events, volumes
from pipeline.events.store import Store


def assess(store: Store, as_of: datetime) -> QualityReport:
    """Look at the log as known at `as_of`; StoreError when there was none yet."""
    events = known_events(store, as_of)
    span = first_and_last(store, events)
    if span is None:
        raise StoreError(f"Expected events before {as_of:%Y-%m-%d %H:%M}, found none. Try `segcast ingest` first.")
    by_day = volumes(store, events)
    counts = daily_counts(store, by_day, span[1], as_of)
    gaps = find_gaps(counts)
    findings = (
        *about_gaps(gaps, store.time_zone),
        *about_freshness(counts, span[1], as_of),
        *about_times(store, as_of),
        *about_arrivals(store, as_of),
        *about_ids(store, events, as_of),
        *about_event_types(by_day),
        *about_currencies(store, events),
        *about_bots(store, as_of, pc.sum(by_day["events"]).as_py()),
    )
    return QualityReport(as_of, by_day, gaps, severest_first(findings))
