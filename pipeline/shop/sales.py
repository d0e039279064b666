"""Orders as the log saw them, with their lines and refunds, as rows of the events table."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.events.tables import ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.shop.arrays import Column, Ints, Truths
from pipeline.shop.deals import Deals, draw_deals
from pipeline.shop.items import Items, Refunds, fill_baskets
from pipeline.shop.lives import Lives, Market
from pipeline.shop.orders import Orders
from pipeline.shop.population import COUNTRIES, DEVICES
from pipeline.shop.products import category_names, product_ids
from pipeline.shop.rows import customer_ids, delays, event_rows, identifiers, money, null_where, texts, whole

CURRENCY = "EUR"
WEB, APP, STORE = range(3)
CHANNELS = ("web", "app", "store")
STORE_SHARE = 0.05
USUAL_DEVICE_SHARE, APP_SHARE = 0.8, 0.7
ORDERS_PER_CHUNK = 10**7  # more than a chunk can have, so that numbers of orders never meet
CODE = '{"code": "SAVE10"}'


@dataclass(frozen=True)
class Sales:
    """Orders inside the calendar, earliest first, with the instant, the deal and the lines of each.

    `number` counts the orders of the whole shop; `device` and `channel` are those of the visit, without one in a store.
    """

    orders: Orders
    at: Ints
    number: Ints
    deals: Deals
    items: Items
    device: Ints
    channel: Ints

    @property
    def in_store(self) -> Truths:
        """Tell which orders were placed in a store."""
        in_store: Truths = self.channel == STORE
        return in_store


def sell(rng: np.random.Generator, market: Market, lives: Lives, orders: Orders) -> Sales:
    """Draw what is in the orders, which are all inside the calendar and in order of time."""
    people = lives.people
    deals = draw_deals(rng, market, lives, orders)
    device = own_devices(rng, people.device[orders.customer])
    online = own_channels(rng, people.has_app[orders.customer], device)
    return Sales(
        orders=orders,
        at=market.calendar.instants(orders.days),
        number=lives.chunk * ORDERS_PER_CHUNK + np.arange(len(orders)),
        deals=deals,
        items=fill_baskets(rng, people, market.prices, orders, deals),
        device=device,
        channel=np.where(rng.random(len(orders)) < STORE_SHARE, STORE, online),
    )


def own_devices(rng: np.random.Generator, usual: Ints) -> Ints:
    """Draw the device of each visit: the usual one, or now and then any."""
    return np.where(rng.random(len(usual)) < USUAL_DEVICE_SHARE, usual, rng.integers(len(DEVICES), size=len(usual)))


def own_channels(rng: np.random.Generator, has_app: Truths, device: Ints) -> Ints:
    """Draw the channel of each visit: the app for some of those who have it, away from the desktop."""
    return np.where(has_app & (device > 0) & (rng.random(len(device)) < APP_SHARE), APP, WEB)


def sale_rows(rng: np.random.Generator, market: Market, lives: Lives, sales: Sales) -> pa.Table:
    """Return `order_placed` and `item_purchased` events; an order and its lines arrive together."""
    delay, order = delays(rng, len(sales.at)), sales.items.order
    names = [""] + [name for name in market.mailings.names(market.calendar) if name.startswith("offer")]
    shared = {
        "customer_id": customer_ids(lives.people.number[sales.orders.customer]),
        "channel": texts(CHANNELS, sales.channel),
        "device": null_where(sales.in_store, texts(DEVICES, sales.device)),
        "campaign_id": null_where(sales.deals.campaign == 0, texts(names, sales.deals.campaign)),
        "country": texts(COUNTRIES, lives.people.country[sales.orders.customer]),
    }
    placed = event_rows(
        ORDER_PLACED,
        sales.orders.customer,
        sales.at,
        delay,
        order_id=order_ids(sales.number),
        amount=money(sales.items.per_order(sales.items.amount)),
        discount=money(sales.items.per_order(sales.items.discount)),
        currency=pa.repeat(CURRENCY, len(sales.at)),
        properties=null_where(~sales.deals.code, pa.repeat(CODE, len(sales.at))),
        **shared,
    )
    lines = event_rows(
        ITEM_PURCHASED,
        sales.orders.customer[order],
        sales.at[order],
        delay[order],
        discount=money(sales.items.discount),
        **{name: column.take(pa.array(order)) for name, column in shared.items()},
        **_of_lines(sales, np.arange(len(order))),
    )
    return pa.concat_tables([placed, lines])


def refund_rows(rng: np.random.Generator, market: Market, lives: Lives, sales: Sales, refunds: Refunds) -> pa.Table:
    """Return `order_refunded` events, one a line given back, those before the end of the calendar."""
    inside = market.calendar.holds(refunds.at)
    line, at = refunds.item[inside], refunds.at[inside]
    customer = lives.people.number[sales.orders.customer[sales.items.order[line]]]
    return event_rows(ORDER_REFUNDED, customer, at, delays(rng, len(at)), **_of_lines(sales, line))


def order_ids(number: Ints) -> Column:
    """Return the identifiers of orders."""
    return identifiers("O", number, 10)


def _of_lines(sales: Sales, line: Ints) -> dict[str, Column]:
    """Return the columns that name and value lines of orders."""
    items = sales.items
    return {
        "order_id": order_ids(sales.number[items.order[line]]),
        "product_id": product_ids(items.product[line]),
        "category": category_names(items.product[line]),
        "quantity": whole(items.quantity[line]),
        "amount": money(items.amount[line]),
        "currency": pa.repeat(CURRENCY, len(line)),
    }
