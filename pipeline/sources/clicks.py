"""Logs of clicks: one row for each thing done to a product, with a code for what it was, often dated by the day only.

A buy is an `item_purchased`, and what somebody bought on one day is one `order_placed`, whose worth nobody told.
"""

from pathlib import Path

import ibis

from pipeline.events.tables import EVENTS, ITEM_PURCHASED, ORDER_PLACED
from pipeline.settings.sources import ClicksSource
from pipeline.sources.mapped import LINE, PART, REASON, Mapped
from pipeline.sources.reading import read_table
from pipeline.sources.scratch import Scratch
from pipeline.sources.typed import digest_of, instant, require_columns, require_fields, typed, wrong

# Tmall's columns; its codes and Taobao's. A buy is its item, from which the order of the day is made.
COLUMNS = {"customer_id": "user_id", "product_id": "brand_id", "event_type": "type", "occurred_at": "visit_datetime"}
CODES = {
    "0": "product_viewed",
    "1": ITEM_PURCHASED,
    "2": "product_favourited",
    "3": "cart_added",
    "pv": "product_viewed",
    "buy": ITEM_PURCHASED,
    "fav": "product_favourited",
    "cart": "cart_added",
}
NEEDED = ("customer_id", "event_type", "occurred_at")
NO_YEAR = "occurred_at without a year"
UNKNOWN_CODE = "unknown event_type"

_MONTH_AND_DAY = r"^\d{1,2}[-/.]\d{1,2}(?:$|[ T])"


def clicks(scratch: Scratch, path: Path, source: ClicksSource) -> Mapped:
    """Type each line as an event.

    A date without a year, such as "6-4" for the fourth of June, is completed by the settings' `year`; without one its
    line is set aside, and so is a code that has no event type. Raises SourceError for a column that is not there.
    """
    lines = read_table(scratch, path, source)
    places = {ours: theirs for ours, theirs in COLUMNS.items() if ours not in source.constants} | source.columns
    require_fields((*places, *source.constants), EVENTS.columns, NEEDED, f"source {source.name}")
    require_columns(lines, places, f"source {source.name}")
    constants = {name: ibis.literal(text) for name, text in source.constants.items()}
    given = {**{ours: lines[theirs] for ours, theirs in places.items()}, **constants}
    values = {name: typed(value, name, EVENTS, source.time_format) for name, value in given.items()}
    values["event_type"] = _event_type(values["event_type"], source)
    values["occurred_at"] = dated(given["occurred_at"], source)
    reason = ibis.coalesce(_undated(given["occurred_at"], source), _reason(lines, given, values))
    with_order = {**values, "order_id": values.get("order_id", _order_of_the_day(values))}
    return Mapped(lines, {EVENTS.name: lines.select(LINE, **with_order, **{REASON: reason})}, complete=orders_of_a_day)


def dated(value: ibis.Value, source: ClicksSource) -> ibis.Value:
    """Read a moment or a day, of which the year may be the settings'; null where it cannot be read."""
    if source.time_format is not None or not value.type().is_string() or source.year is None:
        return instant(value, source.time_format)
    plain = value.strip()
    whole = ibis.ifelse(plain.re_search(_MONTH_AND_DAY), f"{source.year}-" + plain.re_replace("[/.]", "-"), plain)
    return instant(whole, None)


def orders_of_a_day(events: ibis.Table) -> ibis.Table:
    """Return the `order_placed` of each order whose items these are, at the moment of the first."""
    bought = events.filter(events.event_type == ITEM_PURCHASED)
    orders = bought.group_by("order_id", "customer_id").aggregate(
        occurred_at=bought.occurred_at.min(),
        received_at=bought.received_at.min(),
        **{PART: bought[PART].min(), LINE: bought[LINE].min()},
    )
    event_id = digest_of(ibis.literal(ORDER_PLACED), orders.order_id, orders.customer_id)
    return orders.mutate(event_type=ibis.literal(ORDER_PLACED), event_id=event_id)


def _event_type(code: ibis.Value, source: ClicksSource) -> ibis.Value:
    return code.substitute({**CODES, **source.event_types}, else_=ibis.null("string"))


def _undated(value: ibis.Value, source: ClicksSource) -> ibis.Value:
    if source.time_format is not None or source.year is not None or not value.type().is_string():
        return ibis.null("string")
    return ibis.ifelse(value.strip().re_search(_MONTH_AND_DAY), NO_YEAR, ibis.null("string"))


def _reason(lines: ibis.Table, given: dict[str, ibis.Value], values: dict[str, ibis.Value]) -> ibis.Value:
    reason = wrong(lines, given, values, NEEDED)
    return reason.substitute({"unreadable event_type": UNKNOWN_CODE})


def _order_of_the_day(values: dict[str, ibis.Value]) -> ibis.Value:
    day = values["occurred_at"].date().cast("string")
    bought = values["event_type"] == ITEM_PURCHASED
    return ibis.ifelse(bought, digest_of(values["customer_id"], day), ibis.null("string"))
