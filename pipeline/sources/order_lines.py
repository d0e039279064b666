"""A file with one row an order line: lines become items and refunds, and the lines of an order become the order.

A refund is an event of the day on which it happens. It never changes the order that it refers to, because on the day of
the order nobody knew of it.
"""

import ibis

from pipeline.events.tables import EVENTS, ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.settings import OrderLinesSource
from pipeline.sources.columns import conform, reject_reason
from pipeline.sources.mapped import LINE, REASON, digest_of, instant, require_columns, require_fields

NEEDED = ("order_id", "product_id", "quantity", "unit_price", "customer_id", "occurred_at")
OPTIONAL = ("received_at", "category", "currency", "country")
NOT_A_PRODUCT = "not a product"
NO_PRICE = "price not above zero"
NO_QUANTITY = "quantity not above zero"

_TYPES = {"quantity": "decimal(18, 4)", "unit_price": "decimal(18, 4)"}


def map_order_lines(lines: ibis.Table, source: OrderLinesSource) -> ibis.Table:
    """Type each line as an `item_purchased` or an `order_refunded`; `reason` says why a line cannot be kept.

    A line is a refund when its order number begins with `refund_prefix`, or, without one, when its quantity is
    negative.
    Codes that do not match `product_pattern` (postage, fees, corrections) are not products and are set aside.
    """
    place = f"source {source.name}"
    require_fields(source.columns, NEEDED + OPTIONAL, NEEDED, place)
    require_columns(lines, source.columns, place)
    texts = {ours: lines[theirs] for ours, theirs in source.columns.items()}
    values = {name: _typed(text, name, source) for name, text in texts.items()}
    refunded = _refunded(values, source)
    wrong = _wrong_product(values, refunded, source)
    amount = (values["quantity"].abs() * values["unit_price"]).cast("decimal(18, 4)")
    rows = lines.select(
        LINE,
        event_type=ibis.ifelse(refunded, ORDER_REFUNDED, ITEM_PURCHASED),
        amount=amount,
        **{name: value for name, value in values.items() if name not in {"unit_price", "quantity"}},
        quantity=values["quantity"].abs(),
        **{REASON: ibis.coalesce(reject_reason(texts, values, NEEDED), wrong)},
    )
    return conform(rows, EVENTS)


def with_orders(kept: ibis.Table) -> ibis.Table:
    """Add to the items of each order its `order_placed`: their total, at the moment of the first."""
    items = kept.filter(kept.event_type == ITEM_PURCHASED)
    orders = items.group_by("order_id", "customer_id").aggregate(
        occurred_at=items.occurred_at.min(),
        received_at=items.received_at.min(),
        amount=items.amount.sum().cast("decimal(18, 4)"),
        quantity=items.quantity.sum().cast("decimal(18, 4)"),
        country=items.country.min(),
        currency=items.currency.min(),
        **{LINE: items[LINE].min(), REASON: ibis.null("string")},
    )
    identified = orders.mutate(
        event_type=ibis.literal(ORDER_PLACED),
        event_id=digest_of(ibis.literal(ORDER_PLACED), orders.order_id, orders.customer_id),
    )
    return kept.union(conform(identified, EVENTS).select(*kept.columns))


def _typed(text: ibis.Value, name: str, source: OrderLinesSource) -> ibis.Value:
    if name in {"occurred_at", "received_at"}:
        return instant(text, source.time_format)
    stripped = text.strip().nullif("")
    return stripped.try_cast(_TYPES[name]) if name in _TYPES else stripped


def _refunded(values: dict[str, ibis.Value], source: OrderLinesSource) -> ibis.Value:
    if source.refund_prefix is None:
        return values["quantity"] < 0
    return values["order_id"].startswith(source.refund_prefix)


def _wrong_product(values: dict[str, ibis.Value], refunded: ibis.Value, source: OrderLinesSource) -> ibis.Value:
    is_product = values["product_id"].re_search(source.product_pattern or "")
    return ibis.cases(
        (~is_product, NOT_A_PRODUCT),
        (values["unit_price"] <= 0, NO_PRICE),
        ((values["quantity"] == 0) | ((values["quantity"] < 0) & ~refunded), NO_QUANTITY),
        else_=ibis.null("string"),
    )
