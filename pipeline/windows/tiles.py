"""Tiles: events summed by customer and day, once, to serve every window at every cut-off.

A tile keeps the day on which its events arrived beside the day on which they occurred, so that a cut-off sees exactly
what was known then: late events keep rows of their own until the view of a cut-off merges them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.engine import epoch_us
from pipeline.events.history import History
from pipeline.windows.requests import Decayed, Distinct, During, Largest, Measure, Request, Total
from pipeline.windows.view import DAY_US, DaysView, Mask, Rows, View

_GIFT_SEASON_MONTHS = (10, 11, 12)
_SATURDAY = 5


@dataclass(frozen=True)
class Tiles:
    """Rows by event type, in order of customer, day and product, and the customers, in order, that rows number."""

    as_of: datetime
    customers: pa.Array
    by_event: Mapping[str, pa.Table]
    by_product: Mapping[str, pa.Table]

    def view(self, cut_off: datetime) -> View:
        """Return what was known at `cut_off`, a whole number of days before the moment of the tiles."""
        day = (self.as_of - cut_off) // timedelta(days=1)
        return View(
            cut_off_day=day,
            cut_off_us=microseconds(cut_off),
            by_event={name: self._days(rows, day) for name, rows in self.by_event.items()},
            by_product={name: self._days(rows, day) for name, rows in self.by_product.items()},
        )

    def _days(self, rows: pa.Table, day: int) -> DaysView:
        known = rows.filter(pc.and_(pc.greater_equal(rows["age"], day), pc.greater_equal(rows["known_age"], day)))
        return _merged(known, len(self.customers), day)


def build_tiles(history: History, requests: Collection[Request]) -> Tiles:
    """Sum the history's events as far as the requests need them, in one pass by event type and one by product."""
    product_types = {request.event_type for request in requests if isinstance(request, Distinct)}
    types = {request.event_type for request in requests}
    engine = ibis.get_backend(history.events)
    by_event = {name: engine.to_pyarrow(_by_day(history, name, requests)) for name in sorted(types)}
    by_product = {name: engine.to_pyarrow(_by_day(history, name, (), "product_id")) for name in sorted(product_types)}
    customers = _customers(by_event.values())
    return Tiles(
        history.as_of,
        customers,
        {name: _numbered(rows, customers) for name, rows in by_event.items()},
        {name: _numbered(rows, customers) for name, rows in by_product.items()},
    )


def microseconds(moment: datetime) -> int:
    """Return an instant as microseconds since 1970, exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _by_day(history: History, event_type: str, requests: Iterable[Request], *keys: str) -> ibis.Table:
    events = history.events.filter(history.events.event_type == event_type)
    occurred = epoch_us(events.occurred_at)
    dated = events.mutate(
        occurred_us=occurred,
        age=_age(occurred, history.as_of),
        known_age=_age(ibis.greatest(occurred, epoch_us(events.received_at)), history.as_of),
    )
    sums = dict(_sums(dated, event_type, requests))
    return dated.group_by("customer_id", "age", "known_age", *keys).aggregate(
        first_us=dated.occurred_us.min(), last_us=dated.occurred_us.max(), **sums
    )


def _age(instant_us: ibis.Value, as_of: datetime) -> ibis.Value:
    # The last microsecond before the moment and the 24 hours that end with it have age 0.
    return (ibis.literal(microseconds(as_of) - 1) - instant_us) // DAY_US


def _sums(events: ibis.Table, event_type: str, requests: Iterable[Request]) -> Iterable[tuple[str, ibis.Value]]:
    for request in requests:
        match request:
            case Total(measure) | Decayed(measure) if measure.event_type == event_type:
                yield measure.column, _sum(events, measure)
            case Largest(named, field) if named == event_type:
                yield request.column, events[field].max().cast("float64")
            case _:
                continue


def _sum(events: ibis.Table, measure: Measure) -> ibis.Value:
    counted = _during(events, measure.during)
    total = events.count(where=counted) if measure.field is None else events[measure.field].sum(where=counted)
    return total.fill_null(0).cast("float64")


def _during(events: ibis.Table, during: During) -> ibis.Value:
    match during:
        case During.ALWAYS:
            return ibis.literal(True)  # noqa: FBT003 - the name of a literal says no more
        case During.WEEKEND:
            return events.occurred_at.day_of_week.index() >= _SATURDAY
        case During.GIFT_SEASON:
            return events.occurred_at.month().isin(_GIFT_SEASON_MONTHS)


def _customers(tables: Iterable[pa.Table]) -> pa.Array:
    everyone = pa.concat_tables([rows.select(["customer_id"]) for rows in tables])
    return everyone["customer_id"].unique().sort()


def _numbered(rows: pa.Table, customers: pa.Array) -> pa.Table:
    named = {"customer": pc.index_in(rows["customer_id"], customers)}
    if "product_id" in rows.column_names:
        named["product"] = rows["product_id"].combine_chunks().dictionary_encode().indices.fill_null(-1)
    numbered = rows.drop_columns(["customer_id"])
    for name, numbers in named.items():
        numbered = numbered.append_column(name, numbers)
    keys = [
        ("customer", "ascending"),
        ("age", "descending"),
        *(("product", "ascending") for name in named if name == "product"),
    ]
    return numbered.sort_by(keys)


def _merged(rows: pa.Table, customers: int, day: int) -> DaysView:
    columns = {name: rows[name].to_numpy() for name in rows.column_names if name != "product_id"}
    key = [columns[name] for name in ("customer", "age", "product") if name in columns]
    starts = np.flatnonzero(_begins(key))
    values = {
        name: (np.maximum if name.endswith("_largest") else np.add).reduceat(column, starts) if len(starts) else column
        for name, column in columns.items()
        if name.endswith(("_largest", *During))
    }
    return DaysView(
        customers=customers,
        cut_off_day=day,
        customer=columns["customer"][starts].astype(np.int64),
        age=columns["age"][starts],
        first_us=_reduced(np.minimum, columns["first_us"], starts),
        last_us=_reduced(np.maximum, columns["last_us"], starts),
        values=values,
        product=columns["product"][starts].astype(np.int64) if "product" in columns else np.array([], np.int64),
    )


def _begins(keys: list[Rows]) -> Mask:
    if not len(keys[0]):
        return np.array([], bool)
    begins: Mask = np.r_[True, np.any([np.diff(key) != 0 for key in keys], axis=0)]
    return begins


def _reduced(operation: np.ufunc, column: Rows, starts: Rows) -> Rows:
    return operation.reduceat(column, starts) if len(starts) else column
