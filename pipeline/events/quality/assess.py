"""The quality report: one look at the log, everything that is amiss."""

from datetime import datetime

from pipeline.errors import StoreError
from pipeline.events.quality.arrivals import about_arrivals
from pipeline.events.quality.content import about_currencies, about_event_types
from pipeline.events.quality.counted import counted
from pipeline.events.quality.finding import QualityReport, severest_first
from pipeline.events.quality.joining import about_ids
from pipeline.events.quality.pace import about_bots
from pipeline.events.quality.silenced import about_gaps
from pipeline.events.quality.times import about_freshness, about_times
from pipeline.events.quality.tracking import find_gaps
from pipeline.events.quality.volumes import daily_counts
from pipeline.events.store import Store


def assess(store: Store, as_of: datetime) -> QualityReport:
    """Look at the log as known at `as_of`; StoreError when there was none yet."""
    found = counted(store, as_of)
    if found is None:
        raise StoreError(f"Expected events before {as_of:%Y-%m-%d %H:%M}, found none. Try `segcast ingest` first.")
    counts = daily_counts(store, found.volumes, found.last, as_of)
    gaps = find_gaps(counts)
    findings = (
        *about_gaps(gaps, store.time_zone),
        *about_freshness(counts, found.last, as_of),
        *about_times(store, found, as_of),
        *about_arrivals(store, as_of),
        *about_ids(store, found.ids, as_of),
        *about_event_types(found.volumes),
        *about_currencies(found.currencies),
        *about_bots(store, found),
    )
    return QualityReport(as_of, found.volumes, gaps, severest_first(findings))
