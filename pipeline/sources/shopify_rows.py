"""What both exports of Shopify's orders have in common: an order as rows of our tables.

Orders are a table with `line`, `reason`, the fields of `ORDER_FIELDS`, and what is known beside them: `email`,
`phone`, `number`, `discount_codes`.
"""

from collections.abc import Mapping

import ibis

from pipeline.events.tables import EVENTS, ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED
from pipeline.sources.mapped import LINE, REASON
from pipeline.sources.money import MONEY
from pipeline.sources.personal import id_of_address
from pipeline.sources.shapes import described, no_text
from pipeline.sources.typed import text, typed

# What an order hands on to its items and refunds.
SHARED = (
    "order_id",
    "customer_id",
    "occurred_at",
    "received_at",
    "currency",
    "country",
    "channel",
    "device",
    "source",
    "campaign_id",
)
ORDER_FIELDS = (*SHARED, "amount", "discount", "page", "query", "duration_seconds")
# What an item says for itself; the settings name its own fields for these.
ITEM_FIELDS = ("product_id", "category", "quantity")

# Fields that are none of ours, and the ones of ours that are of their type.
_AS_TYPED = {"price": "amount", "refunded_amount": "amount", "cancelled_at": "occurred_at"}

CHANNELS = {"pos": "store", "iphone": "app", "android": "app", "shopify_draft_order": "draft order"}
NEVER_PAID = ("voided", "pending", "authorized", "expired")


def whole(values: Mapping[str, ibis.Value]) -> dict[str, ibis.Value]:
    """Return every field of an order, those that the source does not have as null."""
    schema = ibis.Schema.from_pyarrow(EVENTS.schema)
    return {name: values.get(name, ibis.null(schema[name])) for name in ORDER_FIELDS}


def typed_fields(given: Mapping[str, ibis.Value], time_format: str | None) -> dict[str, ibis.Value]:
    """Read the source's values as the types of events; a price is money."""
    return {name: typed(value, _AS_TYPED.get(name, name), EVENTS, time_format) for name, value in given.items()}


def broken(given: Mapping[str, ibis.Value], values: Mapping[str, ibis.Value], needed: tuple[str, ...]) -> ibis.Value:
    """Return the first thing wrong with an item's own fields, null where nothing is."""
    missing = [(text(given[name]).isnull(), f"no {name}") for name in needed]
    unreadable = [(text(given[name]).notnull() & values[name].isnull(), f"unreadable {name}") for name in given]
    return ibis.cases(*missing, *unreadable, else_=no_text())


def event_id(order: ibis.Table, *parts: ibis.Value | str) -> ibis.Value:
    """Return an id that a later export of the same order gives again; null where a part is."""
    return ibis.literal("-").join(["shopify-order", order.order_id, *parts])


def placed(orders: ibis.Table) -> ibis.Table:
    """Return the `order_placed` of each order, a broken one with its reason."""
    return orders.select(
        LINE,
        REASON,
        *ORDER_FIELDS,
        event_id=event_id(orders),
        event_type=ibis.literal(ORDER_PLACED),
        properties=described(number=orders.number, discount_codes=orders.discount_codes),
    )


def purchased(items: ibis.Table) -> ibis.Table:
    """Return an `item_purchased` for each item with its own fields, `price`, `item_id` and `about`."""
    return items.select(
        LINE,
        REASON,
        *SHARED,
        *ITEM_FIELDS,
        event_id=event_id(items, "item", items.item_id),
        event_type=ibis.literal(ITEM_PURCHASED),
        amount=(items.quantity * items.price - items.discount).cast(MONEY),
        discount=items.discount,
        properties=items.about,
    )


def refunded(refunds: ibis.Table) -> ibis.Table:
    """Return an `order_refunded` for each refund, with `refund_id`, `refunded_at` and `amount`."""
    return refunds.select(
        LINE,
        REASON,
        "amount",
        *(name for name in SHARED if name != "occurred_at"),
        occurred_at=refunds.refunded_at,
        event_id=event_id(refunds, refunds.refund_id),
        event_type=ibis.literal(ORDER_REFUNDED),
    )


def cancelled(orders: ibis.Table, amount: ibis.Value) -> ibis.Table:
    """Return as refunds, of the day on which it happened, orders that were cancelled; of the others none."""
    refunds = orders.select(
        LINE,
        REASON,
        *SHARED,
        refund_id=ibis.literal("cancelled"),
        refunded_at=orders.cancelled_at,
        amount=amount,
    )
    return refunds.filter(refunds.refunded_at.notnull() & (refunds.amount > 0))


def customers(orders: ibis.Table) -> ibis.Table:
    """Return who ordered, as the order knew it: known from the order on."""
    known = orders.filter(orders[REASON].isnull() & ~(orders.email.isnull() & orders.phone.isnull()))
    return known.select(
        LINE,
        REASON,
        "customer_id",
        "email",
        "phone",
        "country",
        received_at=known.received_at.fill_null(known.occurred_at),
    )


def consented(
    orders: ibis.Table, purpose: str, granted: ibis.Value, occurred_at: ibis.Value, reason: ibis.Value | None = None
) -> ibis.Table:
    """Return the answers that are not null of those who ordered."""
    answers = orders.select(
        LINE,
        "customer_id",
        "received_at",
        purpose=ibis.literal(purpose),
        granted=granted,
        occurred_at=occurred_at,
        **{REASON: ibis.coalesce(orders[REASON], no_text() if reason is None else reason)},
    )
    return answers.filter(answers.granted.notnull())


def same_person(orders: ibis.Table, address: ibis.Value) -> ibis.Table:
    """Return that who orders under an address as a guest is the customer who has it."""
    claims = orders.select(LINE, REASON, "customer_id", "occurred_at", "received_at", alias=id_of_address(address))
    return claims.filter(claims[REASON].isnull() & (claims.customer_id != claims["alias"]))
