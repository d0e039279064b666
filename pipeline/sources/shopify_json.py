"""Shopify's orders as its Admin API gives them: `{"orders": […]}`, a list of orders, or one order a line."""

from pathlib import Path

import ibis

from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES
from pipeline.settings.sources import ShopifyOrdersSource
from pipeline.sources import shopify_rows
from pipeline.sources.mapped import LINE, REASON, Mapped
from pipeline.sources.money import MONEY, total
from pipeline.sources.personal import id_of, id_of_address, without_addresses
from pipeline.sources.scratch import Scratch
from pipeline.sources.shapes import IT, described, kept, no_text, read_shaped, told
from pipeline.sources.shopify_rows import CHANNELS, ITEM_FIELDS, NEVER_PAID, ORDER_FIELDS, SHARED
from pipeline.sources.shopify_shape import shape_of_order
from pipeline.sources.together import together
from pipeline.sources.typed import instant, text, wrong

RECORDS = "orders"
TEST_ORDER = "a test order"

_NEEDED = ("order_id", "customer_id", "occurred_at", "amount")


def shopify_json(scratch: Scratch, path: Path, source: ShopifyOrdersSource) -> Mapped:
    """Make an order's rows of each line; it is kept with all of its items and refunds or not at all.

    Who ordered as a guest is known by the digest of the e-mail address. An order without either is set aside, and so is
    a test order.
    """
    lines, rows = read_shaped(
        scratch, path, source.model_copy(update={"records": source.records or RECORDS}), shape_of_order(source)
    )
    orders = kept(scratch, _orders(rows, source))
    customer = orders.customer
    events = (
        shopify_rows.placed(orders),
        shopify_rows.purchased(_items(orders, source)),
        shopify_rows.refunded(_refunds(orders)),
        shopify_rows.refunded(_cancelled(orders)),
    )
    agreed = ibis.ifelse(orders.buyer_accepts_marketing == "true", ibis.literal(value=True), ibis.null("boolean"))
    consents = (
        _state(orders, "email", customer.email_marketing_consent),
        _state(orders, "sms", customer.sms_marketing_consent),
        shopify_rows.consented(orders, "email", agreed, orders.occurred_at),
    )
    found = {
        EVENTS.name: together(EVENTS, *events),
        CUSTOMERS.name: shopify_rows.customers(orders),
        CONSENTS.name: together(CONSENTS, *consents),
        IDENTITIES.name: shopify_rows.same_person(orders, customer.email),
    }
    return Mapped(lines, found, several=True)


def _orders(rows: ibis.Table, source: ShopifyOrdersSource) -> ibis.Table:
    order = rows[IT]
    given = told(rows, _usual(order), source, (*ORDER_FIELDS, *ITEM_FIELDS))
    given = {name: value for name, value in given.items() if name in ORDER_FIELDS}
    given |= {"customer_id": id_of(given["customer_id"]), "cancelled_at": order.cancelled_at}
    values = shopify_rows.typed_fields(given, source.time_format)
    is_test = ibis.ifelse(order.test == "true", ibis.literal(TEST_ORDER), no_text())
    return rows.select(
        LINE,
        **{REASON: ibis.coalesce(is_test, wrong(rows, given, values, _NEEDED))},
        **shopify_rows.whole(values),
        email=text(ibis.coalesce(order.email, order.customer.email)),
        phone=text(ibis.coalesce(order.phone, order.customer.phone)),
        number=order["name"],
        discount_codes=order.discount_codes.map(lambda one: one.code).join(", ").nullif(""),
        customer=order.customer,
        items=order.line_items,
        refunds=order.refunds,
        cancelled_at=values["cancelled_at"],
        financial_status=order.financial_status,
        buyer_accepts_marketing=order.buyer_accepts_marketing,
    )


def _usual(order: ibis.Value) -> dict[str, ibis.Value]:
    landed = order.landing_site.re_extract(r"[?&]utm_source=([^&#]+)", 1).nullif("")
    referred = order.referring_site.re_extract(r"^[a-z]+://(?:www\.)?([^/:?#]+)", 1).nullif("")
    return {
        "order_id": order.id,
        "customer_id": ibis.coalesce(
            order.customer.id, id_of_address(ibis.coalesce(order.email, order.customer.email))
        ),
        # Orders that were imported from another shop were created later than they were placed.
        "occurred_at": ibis.coalesce(order.processed_at, order.created_at),
        "amount": order.subtotal_price,
        "discount": order.total_discounts,
        "currency": order.currency,
        "country": ibis.coalesce(order.shipping_address.country_code, order.billing_address.country_code),
        "channel": order.source_name.substitute(CHANNELS),
        "source": without_addresses(ibis.coalesce(landed, referred)),
        "campaign_id": order.discount_codes[0].code,
    }


def _items(orders: ibis.Table, source: ShopifyOrdersSource) -> ibis.Table:
    """Return the items of each order; those of which nothing was bought are none."""
    rows = orders.select(LINE, REASON, *SHARED, item=orders["items"].unnest())
    item = rows.item
    own = item.discount_allocations.map(lambda one: one.amount)
    discounts = ibis.ifelse(own.length() > 0, own, ibis.array([item.total_discount]))
    usual = {
        "product_id": ibis.coalesce(item.product_id, item.sku, item.title),
        "category": no_text(),
        "quantity": item.quantity,
        "price": item.price,
    }
    constants = {name: ibis.literal(value) for name, value in source.constants.items() if name in ITEM_FIELDS}
    named = {ours: item[theirs] for ours, theirs in source.columns.items() if ours in ITEM_FIELDS}
    given = {**usual, **constants, **named}
    values = shopify_rows.typed_fields(given, source.time_format)
    unreadable = ibis.ifelse(total(discounts).isnull(), ibis.literal("unreadable discount"), no_text())
    broken = shopify_rows.broken(given, values, ("product_id", "quantity", "price"))
    items = rows.select(
        LINE,
        *SHARED,
        **values,
        **{REASON: ibis.coalesce(rows[REASON], broken, unreadable)},
        discount=total(discounts),
        item_id=item.id,
        about=described(title=item.title, variant=item.variant_title, sku=item.sku, vendor=item.vendor),
    )
    return items.filter(items[REASON].notnull() | (items.quantity != 0))


def _refunds(orders: ibis.Table) -> ibis.Table:
    """Return what was given back for items, with what was granted beyond; shipping is no part of an order's worth."""
    rows = orders.select(LINE, REASON, *SHARED, refund=orders.refunds.unnest())
    refund = rows.refund
    items = total(refund.refund_line_items.map(lambda one: one.subtotal))
    beyond = refund.order_adjustments.filter(lambda one: one.kind == "refund_discrepancy").map(lambda one: one.amount)
    paid = refund.transactions.filter(lambda one: (one.kind == "refund") & (one.status == "success"))
    told_by_items = (refund.refund_line_items.length() > 0) | (refund.order_adjustments.length() > 0)
    # An adjustment is what the shop's books gain, so what a customer is granted is negative.
    amount = ibis.ifelse(told_by_items, items - total(beyond), total(paid.map(lambda one: one.amount))).cast(MONEY)
    refunded_at = instant(text(refund.created_at), None)
    broken = ibis.cases(
        (refunded_at.isnull(), "unreadable time of a refund"),
        (amount.isnull(), "unreadable amount of a refund"),
        else_=no_text(),
    )
    refunds = rows.select(
        LINE,
        *SHARED,
        **{REASON: ibis.coalesce(rows[REASON], broken)},
        refund_id=ibis.literal("refund-") + refund.id,
        refunded_at=refunded_at,
        amount=amount,
    )
    return refunds.filter(refunds[REASON].notnull() | (refunds.amount > 0))


def _cancelled(orders: ibis.Table) -> ibis.Table:
    """Return what was never paid of orders that were cancelled, unless their refunds say so."""
    returned = orders.refunds.map(lambda one: one.refund_line_items.length()).sums().fill_null(0)
    unpaid = orders.filter(orders.financial_status.isin(NEVER_PAID) & (returned == 0))
    return shopify_rows.cancelled(unpaid, unpaid.amount)


def _state(orders: ibis.Table, purpose: str, consent: ibis.Value) -> ibis.Table:
    """Return the answers that customers gave; who was never asked gave none."""
    granted = consent.state.substitute({"subscribed": "true", "unsubscribed": "false"}).try_cast("boolean")
    changed_at = instant(text(consent.consent_updated_at), None)
    unreadable = granted.notnull() & text(consent.consent_updated_at).notnull() & changed_at.isnull()
    reason = ibis.ifelse(unreadable, ibis.literal("unreadable consent_updated_at"), no_text())
    return shopify_rows.consented(orders, purpose, granted, changed_at.fill_null(orders.occurred_at), reason)
