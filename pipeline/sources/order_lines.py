"""A file with one row an order line: lines become items and refunds, and the lines of an order become the order.

A refund is an event of the day on which it happens. It never changes the order that it refers to, because on the day of
the order nobody knew of it.
"""

from pathlib import Path

import ibis

from pipeline.events.contract import EXACT
from pipeline.events.tables import EVENTS, ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.settings.sources import OrderLinesSource
from pipeline.sources.mapped import LINE, PART, REASON, Mapped
from pipeline.sources.reading import read_table
from pipeline.sources.scratch import Scratch
from pipeline.sources.typed import digest_of, require_columns, require_fields, typed, wrong

NEEDED = ("order_id", "product_id", "quantity", "unit_price", "customer_id", "occurred_at")
OPTIONAL = ("received_at", "category", "currency", "country", "discount", "channel")
NOT_A_PRODUCT = "not a product"
NO_PRICE = "price not above zero"
NO_QUANTITY = "quantity not above zero"

_MONEY = ibis.dtype(EXACT)


def order_lines(scratch: Scratch, path: Path, source: OrderLinesSource) -> Mapped:
    """Type each line as an `item_purchased` or an `order_refunded`.

    A line is a refund when its order number begins with `refund_prefix`, or, without one, when its quantity is
    negative. Codes that do not match `product_pattern` (postage, fees, corrections) are not products and are set aside.
    """
    lines = read_table(scratch, path, source)
    require_fields(source.columns, NEEDED + OPTIONAL, NEEDED, f"source {source.name}")
    require_columns(lines, source.columns, f"source {source.name}")
    given = {ours: lines[theirs] for ours, theirs in source.columns.items()}
    values = {name: _typed(value, name, source) for name, value in given.items()}
    refunded = _refunded(values, source)
    rows = lines.select(
        LINE,
        event_type=ibis.ifelse(refunded, ORDER_REFUNDED, ITEM_PURCHASED),
        amount=(values["quantity"].abs() * values["unit_price"]).cast(_MONEY),
        quantity=values["quantity"].abs(),
        **{name: value for name, value in values.items() if name not in {"unit_price", "quantity"}},
        **{REASON: ibis.coalesce(wrong(lines, given, values, NEEDED), _no_sale(values, refunded, source))},
    )
    return Mapped(lines, {EVENTS.name: rows}, complete=orders_of)


def orders_of(items: ibis.Table) -> ibis.Table:
    """Return the `order_placed` of each order whose items these are: their total, at the moment of the first."""
    bought = items.filter(items.event_type == ITEM_PURCHASED)
    orders = bought.group_by("order_id", "customer_id").aggregate(
        occurred_at=bought.occurred_at.min(),
        received_at=bought.received_at.min(),
        amount=bought.amount.sum().cast(_MONEY),
        discount=bought.discount.sum().cast(_MONEY),
        quantity=bought.quantity.sum().cast(_MONEY),
        country=bought.country.min(),
        currency=bought.currency.min(),
        **{PART: bought[PART].min(), LINE: bought[LINE].min()},
    )
    return orders.mutate(
        event_type=ibis.literal(ORDER_PLACED),
        event_id=digest_of(ibis.literal(ORDER_PLACED), orders.order_id, orders.customer_id),
    )


def _typed(value: ibis.Value, name: str, source: OrderLinesSource) -> ibis.Value:
    return typed(value, "amount" if name == "unit_price" else name, EVENTS, source.time_format)


def _refunded(values: dict[str, ibis.Value], source: OrderLinesSource) -> ibis.Value:
    if source.refund_prefix is None:
        return values["quantity"] < 0
    return values["order_id"].startswith(source.refund_prefix)


def _no_sale(values: dict[str, ibis.Value], refunded: ibis.Value, source: OrderLinesSource) -> ibis.Value:
    is_product = values["product_id"].re_search(source.product_pattern or "")
    return ibis.cases(
        (~is_product, NOT_A_PRODUCT),
        (values["unit_price"] <= 0, NO_PRICE),
        ((values["quantity"] == 0) | ((values["quantity"] < 0) & ~refunded), NO_QUANTITY),
        else_=ibis.null("string"),
    )
