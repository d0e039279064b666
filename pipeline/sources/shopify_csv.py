"""Shopify's orders as its admin exports them: a CSV with one row an item, the order itself told by its first row."""

from pathlib import Path

import ibis

from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS
from pipeline.settings.sources import ShopifyOrdersSource
from pipeline.sources import shopify_rows
from pipeline.sources.mapped import LINE, REASON, Mapped
from pipeline.sources.money import MONEY
from pipeline.sources.personal import id_of
from pipeline.sources.reading import UNREAD, read_table
from pipeline.sources.scratch import Scratch
from pipeline.sources.shapes import described, kept, no_text
from pipeline.sources.shopify_rows import CHANNELS, ITEM_FIELDS, NEVER_PAID, ORDER_FIELDS, SHARED
from pipeline.sources.together import together
from pipeline.sources.typed import instant, require_columns, require_fields, text, wrong

# As exports write it; DuckDB's own reading of instants wants a colon in the offset.
TIME_FORMAT = "%Y-%m-%d %H:%M:%S %z"
NO_ITEM = "no item"
OTHER_ITEM = "another item of its order cannot be kept"

_NEEDED = ("order_id", "customer_id", "occurred_at", "amount")
_ITEM_NEEDED = ("product_id", "quantity", "price")
_ESSENTIAL = {
    "order_id": "Name",
    "occurred_at": "Created at",
    "quantity": "Lineitem quantity",
    "price": "Lineitem price",
}
_ORDER = {
    "order_id": "Id",
    "occurred_at": "Created at",
    "amount": "Subtotal",
    "discount": "Discount Amount",
    "currency": "Currency",
    "channel": "Source",
    "campaign_id": "Discount Code",
    "country": "Shipping Country",
}
_ITEM = {"quantity": "Lineitem quantity", "price": "Lineitem price", "discount": "Lineitem discount"}
_BESIDE = {
    "email": "Email",
    "phone": "Phone",
    "accepts_marketing": "Accepts Marketing",
    "cancelled_at": "Cancelled at",
    "financial_status": "Financial Status",
    "refunded_amount": "Refunded Amount",
    "billing_country": "Billing Country",
}


def shopify_csv(scratch: Scratch, path: Path, source: ShopifyOrdersSource) -> Mapped:
    """Make an item of each line and an order of each order's lines; an order is kept with all of its items or not.

    Nobody has an id here: customers are known by the digest of their e-mail address. Exports do not say when money was
    given back, only how much by now: that becomes a refund where the order was cancelled, on the day of that, and is
    left out otherwise, because on no other day it would be known to be true.
    """
    lines = read_table(scratch, path, source)
    require_fields([*source.columns, *source.constants], (*ORDER_FIELDS, *ITEM_FIELDS), (), f"source {source.name}")
    require_columns(lines, {**_ESSENTIAL, **source.columns}, f"source {source.name}")
    rows = kept(scratch, _items(lines.select(LINE, UNREAD, **_texts(lines, source)), source))
    orders = kept(scratch, _orders(rows, source))
    of_orders = orders.select("number", *SHARED, wrong=orders[REASON])
    items = rows.select("number", LINE, REASON, *ITEM_FIELDS, "price", "item_off", "item_id", "about")
    both = items.join(of_orders, "number")
    items = both.select(
        LINE,
        *SHARED,
        *ITEM_FIELDS,
        "price",
        "item_id",
        "about",
        discount=both.item_off,
        **{REASON: ibis.coalesce(both[REASON], both.wrong)},
    )
    events = (
        shopify_rows.placed(orders),
        shopify_rows.purchased(items),
        shopify_rows.refunded(_cancelled(orders)),
    )
    answers = orders.accepts_marketing.lower().substitute({"yes": "true", "no": "false"}).try_cast("boolean")
    found = {
        EVENTS.name: together(EVENTS, *events),
        CUSTOMERS.name: shopify_rows.customers(orders),
        CONSENTS.name: shopify_rows.consented(orders, "email", answers, orders.occurred_at),
    }
    return Mapped(lines, found, several=True)


def _texts(lines: ibis.Table, source: ShopifyOrdersSource) -> dict[str, ibis.Value]:
    """Return the columns that are wanted under our names, `item_` before those of items; null where there is none."""
    wanted = {**_ORDER, **_BESIDE, "number": "Name", "customer_id": "Email"}
    of_items = {f"item_{name}": theirs for name, theirs in _ITEM.items()}
    of_items |= {"item_sku": "Lineitem sku", "item_name": "Lineitem name", "item_vendor": "Vendor"}
    own = {f"item_{name}" if name in ITEM_FIELDS else name: theirs for name, theirs in source.columns.items()}
    names = {**wanted, **of_items, **own}
    texts = {ours: text(lines[theirs]) if theirs in lines.columns else no_text() for ours, theirs in names.items()}
    constants = {
        f"item_{name}" if name in ITEM_FIELDS else name: ibis.literal(value)
        for name, value in source.constants.items()
        if name not in source.columns
    }
    return {**texts, "number": texts["number"].fill_null(""), **constants}


def _items(lines: ibis.Table, source: ShopifyOrdersSource) -> ibis.Table:
    """Return the lines with what they say of their item, and in `reason` what is wrong with that."""
    product = ibis.coalesce(lines.item_sku, lines.item_name)
    given = {
        "product_id": lines.item_product_id if "item_product_id" in lines.columns else product,
        "category": lines.item_category if "item_category" in lines.columns else no_text(),
        "quantity": lines.item_quantity,
        "price": lines.item_price,
        "discount": lines.item_discount,
    }
    values = shopify_rows.typed_fields(given, source.time_format)
    return lines.mutate(
        **{name: values[name] for name in (*ITEM_FIELDS, "price")},
        **{REASON: ibis.coalesce(lines[UNREAD], shopify_rows.broken(given, values, _ITEM_NEEDED))},
        item_off=values["discount"].fill_null(0),
        item_id=(ibis.row_number().over(group_by="number", order_by=LINE) + 1).cast("string"),
        about=described(title=lines.item_name, sku=lines.item_sku, vendor=lines.item_vendor),
    )


def _orders(rows: ibis.Table, source: ShopifyOrdersSource) -> ibis.Table:
    """Return each order as the first row that says something says it, with the number of its first line."""
    names = [name for name in (*ORDER_FIELDS, *_BESIDE) if name in rows.columns]
    orders = rows.group_by("number").aggregate(
        **{name: rows[name].first(order_by=LINE) for name in names},
        **{LINE: rows[LINE].min(), UNREAD: rows[UNREAD].min()},
        broken=rows[REASON].min(),
    )
    given = {
        name: orders[name] for name in (*ORDER_FIELDS, "cancelled_at", "refunded_amount") if name in orders.columns
    }
    given["order_id"] = ibis.coalesce(orders.order_id, orders.number.nullif(""))
    given["customer_id"] = id_of(orders.customer_id)
    given["channel"] = orders.channel.substitute(CHANNELS)
    given["country"] = ibis.coalesce(orders.country, orders.billing_country)
    values = shopify_rows.typed_fields(given, source.time_format) | _instants(given, source)
    other = ibis.ifelse(orders.broken.notnull(), ibis.literal(OTHER_ITEM), no_text())
    beside = [name for name in _BESIDE if name not in values]
    return orders.select(
        LINE,
        "number",
        *beside,
        **{REASON: ibis.coalesce(wrong(orders, given, values, _NEEDED), other)},
        **shopify_rows.whole(values),
        cancelled_at=values["cancelled_at"],
        refunded_amount=values["refunded_amount"],
        discount_codes=orders.campaign_id,
    )


def _instants(given: dict[str, ibis.Value], source: ShopifyOrdersSource) -> dict[str, ibis.Value]:
    formats = (source.time_format,) if source.time_format else (TIME_FORMAT, None)
    names = [name for name in ("occurred_at", "received_at", "cancelled_at") if name in given]
    return {name: ibis.coalesce(*(instant(given[name], one) for one in formats)) for name in names}


def _cancelled(orders: ibis.Table) -> ibis.Table:
    given_back = ibis.ifelse(orders.refunded_amount < orders.amount, orders.refunded_amount, orders.amount)
    told = ibis.ifelse(orders.refunded_amount.notnull(), given_back, ibis.null(MONEY))
    amount = ibis.ifelse(orders.financial_status.isin(NEVER_PAID), orders.amount, told)
    refunds = orders.mutate(given_back=amount)
    return shopify_rows.cancelled(refunds, refunds.given_back)
