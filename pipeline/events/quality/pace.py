"""Suspected bots: ids at a pace that no person keeps up."""

from collections.abc import Iterator
from datetime import datetime

import ibis

from pipeline.events.engine import epoch_us
from pipeline.events.quality.finding import Finding, Severity, percent
from pipeline.events.quality.volumes import known_events
from pipeline.events.store import Store
from pipeline.events.tables import ORDER_PLACED

MINUTE_US = 60_000_000
IN_A_MINUTE, BUSY_MINUTES = 20, 10
IN_AN_HOUR, IN_A_DAY = 500, 2_000
FEWEST = IN_A_MINUTE * BUSY_MINUTES  # of an id that can be suspected at all
MANY = 0.05


def suspects(store: Store, as_of: datetime) -> ibis.Table:
    """Return the ids whose pace is inhuman: `customer_id`, `events`, and the most of them in an hour and in a day.

    More than 500 events in an hour or 2,000 in a day; or, of an id that never ordered, more than 20 in each of ten
    minutes of an hour.
    """
    events = known_events(store, as_of)
    # Few ids have as many events at all, and only theirs need to be told minute by minute.
    totals = events.group_by("customer_id").aggregate(events=events.count())
    many = totals.filter(totals["events"] > FEWEST)
    theirs = events.mutate(minute=epoch_us(events.occurred_at) // MINUTE_US).semi_join(many, "customer_id")
    told = _pace(theirs)
    tireless = (told.busy_minutes >= BUSY_MINUTES) & (told.orders == 0)
    inhuman = (told.most_in_an_hour > IN_AN_HOUR) | (told.most_in_a_day > IN_A_DAY) | tireless
    counts = {name: told[name].cast("int64") for name in ("events", "most_in_an_hour", "most_in_a_day")}
    return told.filter(inhuman).select("customer_id", **counts)


def _pace(events: ibis.Table) -> ibis.Table:
    """Return, for each id, its events and orders, the most events in an hour and a day, and busy minutes in an hour."""
    minutes = events.group_by("customer_id", "minute").aggregate(
        n=lambda rows: rows.count(), orders=lambda rows: (rows.event_type == ORDER_PLACED).sum()
    )
    hours = minutes.group_by("customer_id", hour=minutes.minute // 60).aggregate(
        n=minutes.n.sum(), orders=minutes.orders.sum(), busy=(minutes.n > IN_A_MINUTE).sum()
    )
    days = hours.group_by("customer_id", day=hours.hour // 24).aggregate(
        n=hours.n.sum(), orders=hours.orders.sum(), in_an_hour=hours.n.max(), busy=hours.busy.max()
    )
    return days.group_by("customer_id").aggregate(
        events=days.n.sum(),
        orders=days.orders.sum(),
        most_in_an_hour=days.in_an_hour.max(),
        most_in_a_day=days.n.max(),
        busy_minutes=days.busy.max(),
    )


def about_bots(store: Store, as_of: datetime, events: int) -> Iterator[Finding]:
    """Yield how many ids are suspected and what share of all `events` is theirs; the ids are for `suspects` alone."""
    found = suspects(store, as_of)
    row = store.engine.to_pyarrow(found.aggregate(ids=found.count(), of_events=found["events"].sum())).to_pylist()[0]
    ids, theirs = int(row["ids"]), int(row["of_events"] or 0)
    if ids:
        share = theirs / events
        yield Finding(
            "suspected bots",
            Severity.WARNING if share > MANY else Severity.NOTE,
            f"{ids:,} {'id acts' if ids == 1 else 'ids act'} at a pace that no person keeps up; "
            f"{percent(share)} of the events are theirs.",
            "Look at them with `segcast quality --json`, and leave them out of the export if they are machines.",
            {"ids": ids, "events": theirs, "share": share},
        )
