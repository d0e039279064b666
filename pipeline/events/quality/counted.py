"""What the events known at a moment come to, from what each month comes to.

Every count that a look at the log needs is a sum, or a greatest, over months: months do not share a day, an hour or a
minute by UTC's clock. So of a month that is known as a whole it is worked out once and kept; only the others are read.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.events.engine import epoch_us
from pipeline.events.history import known
from pipeline.events.months import Month, months
from pipeline.events.quality.volumes import first_and_last, volumes
from pipeline.events.store import Store
from pipeline.events.summaries import Tables, summarised, sweep
from pipeline.events.tables import ORDER_PLACED

MINUTE_US = 60_000_000
IN_A_MINUTE, IN_A_DAY = 20, 2_000
# Of an id in a month. Whoever is suspected was quicker than that in some hour, be it on a day with more than IN_A_DAY
# events, so the busiest hour and day of such an id never lie in a month with fewer.
FEWEST = IN_A_DAY // 24
VOLUMES, CURRENCIES, SKEWED, IDS = "volumes", "currencies", "skewed", "ids"
NAMES = (VOLUMES, CURRENCIES, SKEWED, IDS)
DEFINITION = "quality 1"  # to be raised when any of these is counted otherwise

_VOLUMES = pa.schema({"event_type": pa.string(), "day": pa.date32(), "events": pa.int64()})
_CURRENCIES = pa.schema({"currency": pa.string(), "events": pa.int64()})
_SKEWED = pa.schema({"events": pa.int64()})
_IDS = pa.schema(
    {
        "customer_id": pa.string(),
        "events": pa.int64(),
        "orders": pa.int64(),
        "most_in_an_hour": pa.int64(),
        "most_in_a_day": pa.int64(),
        "busy_minutes": pa.int64(),
    }
)
IDS_OF_NOBODY = _IDS.empty_table()


@dataclass(frozen=True)
class Counted:
    """The events known at a moment in numbers, under the ids that sources told.

    `first` and `last` are their instants, `skewed` those that arrived before they occurred. `volumes` are by event type
    and day of the shop's calendar, `currencies` the amounts in each, most first. `ids` has a row an id: its `events`
    and `orders`, and, where it had more than `FEWEST` in the month in question, its `most_in_an_hour`, `most_in_a_day`
    and `busy_minutes`, the most minutes of an hour with more than `IN_A_MINUTE`. `unsettled` are the months of which
    some events had not occurred or arrived by then.
    """

    first: datetime
    last: datetime
    skewed: int
    volumes: pa.Table
    currencies: pa.Table
    ids: ibis.Table
    unsettled: tuple[Month, ...]

    @property
    def events(self) -> int:
        """How many there are."""
        return int(pc.sum(self.volumes["events"]).as_py())


def counted(store: Store, as_of: datetime) -> Counted | None:
    """Count the events that had occurred and arrived before a moment; None where there were none."""
    every = months(store)
    sweep(store)
    spans = [span for month in every if (span := _span(store, month, as_of))]
    if not spans:
        return None
    places = {month: _kept(store, month) for month in every if month.is_known(as_of)}
    settled = [place for place in places.values() if place]
    unsettled = tuple(month for month in every if not month.is_known(as_of))
    unkept = [month for month in every if not places.get(month) and month.first < as_of]
    others = [_summed(store, known(month.events(store), as_of)) for month in unkept]
    by_name = {
        name: pa.concat_tables(
            [pq.read_table(place / f"{name}.parquet") for place in settled] + [one[name] for one in others]
        )
        for name in (VOLUMES, CURRENCIES, SKEWED)
    }
    ids = [ibis.memtable(one[IDS]) for one in others]
    if settled:
        ids.append(store.engine.read_parquet([place / f"{IDS}.parquet" for place in settled]))
    return Counted(
        first=min(first for first, _ in spans),
        last=max(last for _, last in spans),
        skewed=int(pc.sum(by_name[SKEWED]["events"]).as_py()),
        volumes=_added(by_name[VOLUMES], ["event_type", "day"]).sort_by(
            [("event_type", "ascending"), ("day", "ascending")]
        ),
        currencies=_added(by_name[CURRENCIES], ["currency"]).sort_by(
            [("events", "descending"), ("currency", "ascending")]
        ),
        ids=_of_all(ids),
        unsettled=unsettled,
    )


def _span(store: Store, month: Month, as_of: datetime) -> tuple[datetime, datetime] | None:
    if month.is_known(as_of):
        return month.first, month.last
    return first_and_last(store, known(month.events(store), as_of)) if month.first < as_of else None


def _kept(store: Store, month: Month) -> Path | None:
    what = f"{DEFINITION} {store.time_zone}"
    return summarised(store, month, what, lambda: _summed(store, month.events(store)), NAMES)


def _summed(store: Store, events: ibis.Table) -> Tables:
    """Return what some events, all of a month that are known, come to."""
    paid = events.filter(events.amount.notnull() & events.currency.notnull())
    skewed = events.filter(events.received_at < events.occurred_at)
    queries = {
        CURRENCIES: paid.group_by("currency").aggregate(events=paid.count()),
        SKEWED: skewed.aggregate(events=skewed.count()),
        IDS: _ids(events),
    }
    schemas = {CURRENCIES: _CURRENCIES, SKEWED: _SKEWED, IDS: _IDS}
    found = {name: store.engine.to_pyarrow(query).cast(schemas[name]) for name, query in queries.items()}
    return {VOLUMES: volumes(store, events), **found}


def _ids(events: ibis.Table) -> ibis.Table:
    totals = events.group_by("customer_id").aggregate(
        events=events.count(), orders=(events.event_type == ORDER_PLACED).sum()
    )
    # Few ids have as many events at all, and only theirs need to be told minute by minute.
    many = totals.filter(totals["events"] > FEWEST).select("customer_id")
    pace = _pace(events.semi_join(many, "customer_id"))
    both = totals.left_join(pace, "customer_id")
    greatest = {name: both[name].fill_null(0) for name in ("most_in_an_hour", "most_in_a_day", "busy_minutes")}
    return both.select("customer_id", "events", "orders", **greatest)


def _pace(events: ibis.Table) -> ibis.Table:
    """Return, for each id, the most events in an hour and in a day, and the most busy minutes in an hour."""
    minute = epoch_us(events.occurred_at) // MINUTE_US
    minutes = events.group_by("customer_id", minute=minute).aggregate(n=events.count())
    hours = minutes.group_by("customer_id", hour=minutes.minute // 60).aggregate(
        n=minutes.n.sum(), busy=(minutes.n > IN_A_MINUTE).sum()
    )
    days = hours.group_by("customer_id", day=hours.hour // 24).aggregate(
        n=hours.n.sum(), in_an_hour=hours.n.max(), busy=hours.busy.max()
    )
    return days.group_by("customer_id").aggregate(
        most_in_an_hour=days.in_an_hour.max(), most_in_a_day=days.n.max(), busy_minutes=days.busy.max()
    )


def _of_all(months_ids: list[ibis.Table]) -> ibis.Table:
    """Return the ids of all months, each once."""
    rows = ibis.union(*months_ids) if len(months_ids) > 1 else months_ids[0]
    return rows.group_by("customer_id").aggregate(
        **{name: rows[name].sum().cast("int64") for name in ("events", "orders")},
        **{name: rows[name].max() for name in ("most_in_an_hour", "most_in_a_day", "busy_minutes")},
    )


def _added(counts: pa.Table, keys: list[str]) -> pa.Table:
    """Return counts of the same thing added up, in the columns that they came in."""
    summed = counts.group_by(keys, use_threads=False).aggregate([("events", "sum")])
    return summed.rename_columns([*keys, "events"]).select(counts.column_names)
