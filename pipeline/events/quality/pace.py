"""Suspected bots: ids at a pace that no person keeps up."""

from collections.abc import Iterator
from datetime import datetime

import ibis

from pipeline.events.quality.counted import IDS_OF_NOBODY, IN_A_DAY, Counted, counted
from pipeline.events.quality.finding import Finding, Severity, percent
from pipeline.events.store import Store

BUSY_MINUTES, IN_AN_HOUR = 10, 500
MANY = 0.05


def suspects(store: Store, as_of: datetime) -> ibis.Table:
    """Return the ids whose pace is inhuman: `customer_id`, `events`, and the most of them in an hour and in a day.

    More than 500 events in an hour or 2,000 in a day; or, of an id that never ordered, more than 20 in each of ten
    minutes of an hour.
    """
    found = counted(store, as_of)
    return _suspected(ibis.memtable(IDS_OF_NOBODY) if found is None else found.ids)


def about_bots(store: Store, found: Counted) -> Iterator[Finding]:
    """Yield how many ids are suspected and what share of the events is theirs; the ids are for `suspects` alone."""
    suspected = _suspected(found.ids)
    sums = suspected.aggregate(ids=suspected.count(), of_events=suspected["events"].sum())
    row = store.engine.to_pyarrow(sums).to_pylist()[0]
    ids, theirs = int(row["ids"]), int(row["of_events"] or 0)
    if ids:
        share = theirs / found.events
        yield Finding(
            "suspected bots",
            Severity.WARNING if share > MANY else Severity.NOTE,
            f"{ids:,} {'id acts' if ids == 1 else 'ids act'} at a pace that no person keeps up; "
            f"{percent(share)} of the events are theirs.",
            "Look at them with `segcast quality --json`, and leave them out of the export if they are machines.",
            {"ids": ids, "events": theirs, "share": share},
        )


def _suspected(ids: ibis.Table) -> ibis.Table:
    tireless = (ids.busy_minutes >= BUSY_MINUTES) & (ids.orders == 0)
    inhuman = (ids.most_in_an_hour > IN_AN_HOUR) | (ids.most_in_a_day > IN_A_DAY) | tireless
    return ids.filter(inhuman).select("customer_id", "events", "most_in_an_hour", "most_in_a_day")
