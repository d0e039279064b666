"""Calls of the Segment event spec as events: what each says, what an order is worth, and the items in it."""

import ibis
from ibis.expr import datatypes as dt

from pipeline.events.contract import EXACT
from pipeline.events.tables import EVENTS, ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.settings.sources import SegmentSource
from pipeline.sources.json_paths import look_up, plain_fields
from pipeline.sources.mapped import LINE, REASON
from pipeline.sources.reading import UNREAD
from pipeline.sources.segment_calls import Texts
from pipeline.sources.segment_spec import ALIAS, CHANNEL_OF, GROUP, IDENTIFY, OF_A_PRODUCT, PERSONAL, paths
from pipeline.sources.typed import typed, wrong

NO_EVENT = "not an event"
PAGE_VIEWED = "page_viewed"
WITH_MONEY = (ORDER_PLACED, ORDER_REFUNDED, "checkout_started")

_NEEDED = ("customer_id", "occurred_at", "event_type")
_AS_TOLD = ("order_id", "product_id", "category", "quantity", "discount", "source", "campaign_id", "country", "device")
_WORTH = ("subtotal", "revenue", "total", "shipping", "tax", "value")
_EXACT = ibis.dtype(EXACT)
# Wide enough for what a binary number has behind the point, such as 48.980000000000004.
_BINARY = dt.Decimal(38, 15)
_NULL = ibis.null("string")
_ADDRESS = r"[^\s@]+@[^\s@]+"
_PRODUCT_TAKEN = {"product_id", "productId", "category", "quantity"}


def events_of(calls: ibis.Table, source: SegmentSource) -> ibis.Table:
    """Return the events that calls are: `line`, `reason` and every column of the events table."""
    behaviour = calls.filter(~calls.call.isin((IDENTIFY, ALIAS)))
    given = _given(behaviour, source)
    worth = {name: money(ibis.ifelse(behaviour.event_type.isin(WITH_MONEY), behaviour[name], _NULL)) for name in _WORTH}
    values = _values(given, source)
    values["amount"] = ibis.coalesce(values["amount"], _net(behaviour, worth, values["discount"]))
    if "properties" not in given:
        values["properties"] = behaviour.plain
    of_money = {name: behaviour[name] for name in _WORTH}
    reason = ibis.coalesce(
        behaviour[UNREAD],
        ibis.ifelse(behaviour.call == GROUP, NO_EVENT, _NULL),
        wrong(behaviour, given, values, _NEEDED),
        _unreadable(behaviour, of_money, worth),
    )
    return _rows(behaviour, values, reason)


def items_of(calls: ibis.Table, source: SegmentSource) -> ibis.Table:
    """Return one `item_purchased` for each product of each order, as `events_of` does."""
    orders = calls.filter(calls.event_type == ORDER_PLACED).unnest("pieces", offset="position")
    place = (orders.position + 1).cast("string")
    told = look_up(orders.pieces, paths(OF_A_PRODUCT))
    given = {
        **{name: value for name, value in _given(orders, source).items() if name not in {"discount", "amount", "page"}},
        **{name: told[name] for name in ("product_id", "category", "quantity")},
        "event_id": orders.event_id + ":" + place,
        "event_type": ibis.literal(ITEM_PURCHASED),
        "properties": _told_of(orders.pieces, place),
    }
    values = _values(given, source)
    price = money(told["price"])
    values["amount"] = (price * ibis.coalesce(values["quantity"], ibis.literal(1, type="int64"))).try_cast(_EXACT)
    checked = {**given, "price": told["price"]}
    return _rows(orders, values, wrong(orders, checked, {**values, "price": price}, ()))


def money(text: ibis.Value) -> ibis.Value:
    """Read a tracker's number as money, null where it is none; it is rounded, for it was binary."""
    return text.try_cast(_BINARY).try_cast(_EXACT)


def _given(calls: ibis.Table, source: SegmentSource) -> Texts:
    """Return what calls say, as text, by our names."""
    told = {name: calls[name] for name in _AS_TOLD}
    page = ibis.coalesce(calls.page, ibis.ifelse(calls.event_type == PAGE_VIEWED, calls["name"], _NULL))
    return {
        **told,
        **{name: calls[name] for name in source.columns if name in EVENTS.columns and name in calls.columns},
        "event_id": calls.event_id,
        "customer_id": ibis.coalesce(calls.user_id, calls.anonymous_id),
        "occurred_at": calls.occurred_at,
        "received_at": calls.received_at,
        "event_type": calls.event_type,
        "order_id": ibis.ifelse(
            calls.event_type == ORDER_PLACED, ibis.coalesce(calls.order_id, calls.event_id), calls.order_id
        ),
        "amount": calls.amount,
        "currency": calls.currency.upper(),
        "channel": calls.channel.lower().substitute(CHANNEL_OF),
        # What follows the address of a page, and what was typed into a search, may name a person.
        "page": page.re_replace("[?#].*$", "").re_replace(_ADDRESS, "…").nullif(""),
        "query": calls["query"].re_replace(_ADDRESS, "…"),
        **{name: ibis.literal(value) for name, value in source.constants.items()},
    }


def _values(given: Texts, source: SegmentSource) -> Texts:
    of_money = {"amount", "discount"}
    values = {name: typed(text, name, EVENTS, source.time_format) for name, text in given.items()}
    return {**values, **{name: money(given[name]) for name in of_money & given.keys()}}


def _net(calls: ibis.Table, worth: Texts, discount: ibis.Value) -> ibis.Value:
    """Return what an order is worth without shipping and tax: by the spec a subtotal has lost its discounts already."""
    nought = ibis.literal(0, type="int64")
    extras = ibis.coalesce(worth["shipping"], nought) + ibis.coalesce(worth["tax"], nought)
    items = calls.pieces.map(_piece_worth).sums() - ibis.coalesce(discount, nought)
    net = ibis.coalesce(worth["subtotal"], worth["revenue"], worth["total"] - extras, worth["value"], items)
    return ibis.ifelse(calls.event_type.isin(WITH_MONEY), net, None).try_cast(_EXACT)


def _piece_worth(piece: ibis.Value) -> ibis.Value:
    told = look_up(piece, paths(OF_A_PRODUCT))
    return money(told["price"]) * ibis.coalesce(money(told["quantity"]), ibis.literal(1, type="int64"))


def _told_of(piece: ibis.Value, place: ibis.Value) -> ibis.Value:
    plain = plain_fields(piece, _PRODUCT_TAKEN | {"position"}, PERSONAL)
    numbered = '{"position":' + place
    return ibis.ifelse(plain.isnull(), numbered + "}", numbered + "," + plain.substr(1))


def _unreadable(calls: ibis.Table, given: Texts, values: Texts) -> ibis.Value:
    told = calls.event_type.isin(WITH_MONEY)
    cases = [(told & given[name].notnull() & values[name].isnull(), f"unreadable {name}") for name in given]
    return ibis.cases(*cases, else_=_NULL)


def _rows(calls: ibis.Table, values: Texts, reason: ibis.Value) -> ibis.Table:
    schema = ibis.Schema.from_pyarrow(EVENTS.schema)
    columns = {name: values.get(name, ibis.null(kind)) for name, kind in schema.items()}
    return calls.select(LINE, **{REASON: reason}, **{name: columns[name].cast(schema[name]) for name in schema})
