"""Orders, their lines and refunds as rows of the events table."""

import numpy as np
import pyarrow as pa

from pipeline.events.tables import ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.shop.arrays import Column, Ints
from pipeline.shop.calendar import Calendar
from pipeline.shop.items import Items, Refunds
from pipeline.shop.orders import Orders
from pipeline.shop.products import category_names, product_ids
from pipeline.shop.rows import delays, event_rows, identifiers, money, texts, whole

CURRENCY = "EUR"
CHANNELS, CHANNEL_SHARES = ("web", "app"), (0.7, 0.3)


def sale_rows(rng: np.random.Generator, orders: Orders, items: Items) -> pa.Table:
    """Return `order_placed` and `item_purchased` events; an order and its lines arrive together."""
    delay = delays(rng, len(orders))
    channel = rng.choice(len(CHANNELS), len(orders), p=CHANNEL_SHARES)
    placed = event_rows(
        ORDER_PLACED,
        orders.customer,
        orders.at,
        delay,
        order_id=_order_ids(np.arange(len(orders))),
        amount=money(items.per_order(items.amount)),
        discount=money(items.per_order(items.discount)),
        currency=pa.repeat(CURRENCY, len(orders)),
        channel=texts(CHANNELS, channel),
    )
    lines = event_rows(
        ITEM_PURCHASED,
        orders.customer[items.order],
        orders.at[items.order],
        delay[items.order],
        discount=money(items.discount),
        channel=texts(CHANNELS, channel[items.order]),
        **_of_lines(items, np.arange(len(items.order))),
    )
    return pa.concat_tables([placed, lines])


def refund_rows(
    rng: np.random.Generator, calendar: Calendar, orders: Orders, items: Items, refunds: Refunds
) -> pa.Table:
    """Return `order_refunded` events, one a line given back, those before the end of the calendar."""
    inside = calendar.holds(refunds.at)
    line, at = refunds.item[inside], refunds.at[inside]
    customer = orders.customer[items.order[line]]
    return event_rows(ORDER_REFUNDED, customer, at, delays(rng, len(at)), **_of_lines(items, line))


def _of_lines(items: Items, line: Ints) -> dict[str, Column]:
    """Return the columns that name and value lines of orders."""
    return {
        "order_id": _order_ids(items.order[line]),
        "product_id": product_ids(items.product[line]),
        "category": category_names(items.product[line]),
        "quantity": whole(items.quantity[line]),
        "amount": money(items.amount[line]),
        "currency": pa.repeat(CURRENCY, len(line)),
    }


def _order_ids(order: Ints) -> Column:
    return identifiers("O", order, 8)
