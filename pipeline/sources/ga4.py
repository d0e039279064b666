"""Google Analytics 4's export to BigQuery: one event a line, with its parameters and items nested in it."""

from pathlib import Path

import ibis

from pipeline.events.tables import EVENTS, IDENTITIES, ORDER_PLACED, ORDER_REFUNDED
from pipeline.settings.sources import Ga4Source
from pipeline.sources.ga4_names import (
    CHANNELS,
    EVENT,
    EVENT_NAMES,
    ITEM,
    OF_EACH_ITEM,
    PARAMETER,
    UNSET,
)
from pipeline.sources.ga4_parameters import opened
from pipeline.sources.mapped import LINE, REASON, Mapped
from pipeline.sources.members import member
from pipeline.sources.money import MONEY, rounded, rounded_amounts
from pipeline.sources.personal import id_of, without_addresses
from pipeline.sources.reading import UNREAD
from pipeline.sources.scratch import Scratch
from pipeline.sources.shapes import IT, also, described, kept, listed, read_shaped, told
from pipeline.sources.together import together
from pipeline.sources.typed import digest_of, typed, wrong

_NEEDED = ("customer_id", "occurred_at", "event_type")
# In the settings, what comes before the name of a parameter rather than of a field of the event.
_PARAMETER = "event_params."
_GIVEN = "given_"


def ga4(scratch: Scratch, path: Path, source: Ga4Source) -> Mapped:
    """Make an event of each line; one about products becomes an event for each of them, an order its items as well.

    Who has a user id is known by it, and the browser's id is then an alias. An order that a browser tells again, as it
    does when its last page is opened again, is the same order.
    """
    lines, rows = read_shaped(
        scratch,
        path,
        source,
        EVENT,
        event_params=lambda text: listed(text, "event_params", PARAMETER),
        items=lambda text: listed(text, "items", ITEM),
    )
    # One step after the other: the engine is lost in one expression of all of them.
    rows = kept(scratch, rows.mutate(**opened(rows), items=_items(rows)).drop("event_params"))
    rows = kept(scratch, _told(rows, source))
    events = kept(scratch, _events(rows, source))
    each = events.event_type.isin([*OF_EACH_ITEM]) & (events["items"].length() > 0)
    whole = events.filter(~each.fill_null(ibis.literal(value=False)) | (events.event_type == ORDER_PLACED))
    found = {
        EVENTS.name: together(EVENTS, whole, _of_items(events.filter(each))),
        IDENTITIES.name: _same_person(events),
    }
    return Mapped(lines, found, several=True)


def _told(rows: ibis.Table, source: Ga4Source) -> ibis.Table:
    """Return what each line says, as text, and what tells its event from others."""
    event = rows[IT]
    named = {
        ours: member(rows, theirs.removeprefix(_PARAMETER))
        for ours, theirs in source.columns.items()
        if theirs.startswith(_PARAMETER)
    }
    given = told(rows, _usual(rows), source) | named
    given["customer_id"] = id_of(given["customer_id"])
    given |= {name: without_addresses(given[name]) for name in ("page", "query", "source", "campaign_id")}
    worth = rows["items"].map(_worth)
    priced = (worth.length() > 0) & (worth.filter(lambda one: one.isnull()).length() == 0)
    batch = [event.batch_page_id, event.batch_ordering_id, event.batch_event_index]
    content = ("user_pseudo_id", "user_id", "event_timestamp", "event_name", "event_bundle_sequence_id")
    return rows.select(
        LINE,
        UNREAD,
        "items",
        "others",
        **{f"{_GIVEN}{name}": value for name, value in given.items()},
        worth_of_items=ibis.ifelse(priced, worth.sums().cast(MONEY), ibis.null(MONEY)),
        extras=rounded(event.ecommerce.tax_value).fill_null(0) + rounded(event.ecommerce.shipping_value).fill_null(0),
        browser=event.user_pseudo_id.nullif(""),
        user=id_of(event.user_id.nullif("")),
        content=digest_of(*(event[name] for name in content), member(rows, "page_location")),
        # Older exports do not number the events of a batch, whose time is the same.
        nth=ibis.ifelse(ibis.coalesce(*batch).notnull(), digest_of(*batch), rows.others),
    )


def _events(rows: ibis.Table, source: Ga4Source) -> ibis.Table:
    """Return each line's event, typed, with its `items`, `browser`, `user` and `reason`."""
    given = {name: rows[f"{_GIVEN}{name}"] for name in EVENTS.columns if f"{_GIVEN}{name}" in rows.columns}
    values = {name: typed(value, name, EVENTS, source.time_format or "epoch_us") for name, value in given.items()}
    values |= rounded_amounts(given)
    values["event_type"] = values["event_type"].substitute(EVENT_NAMES | source.event_types)
    reason = wrong(rows, given, values, _NEEDED)
    if "amount" not in {**source.columns, **source.constants}:
        values["amount"] = _amount(rows, values)
    usual = {"event_id": _event_id(rows, values), "properties": rows.others}
    return rows.select(LINE, "items", "browser", "user", **(usual | values), **{REASON: reason})


def _usual(rows: ibis.Table) -> dict[str, ibis.Value]:
    event = rows[IT]
    arrived = event.collected_traffic_source
    return {
        "customer_id": ibis.coalesce(event.user_id.nullif(""), event.user_pseudo_id),
        "occurred_at": event.event_timestamp,
        "event_type": event.event_name,
        "order_id": _known(event.ecommerce.transaction_id, member(rows, "transaction_id")),
        "amount": _known(event.ecommerce.purchase_revenue, event.ecommerce.refund_value, member(rows, "value")),
        "currency": _known(member(rows, "currency")).upper(),
        "channel": event.platform.substitute(CHANNELS),
        "device": event.device.category.lower(),
        "source": _known(arrived.manual_source, member(rows, "source"), event.traffic_source.source),
        "campaign_id": _known(
            arrived.manual_campaign_id,
            arrived.manual_campaign_name,
            member(rows, "campaign_id"),
            member(rows, "campaign"),
        ),
        "page": _known(
            member(rows, "page_location"),
            member(rows, "firebase_screen"),
            member(rows, "firebase_screen_class"),
        ),
        "query": _known(member(rows, "search_term")),
        "duration_seconds": (rounded(member(rows, "engagement_time_msec")) / 1000).cast("string"),
        "country": _known(event.geo.country),
    }


def _known(*values: ibis.Value) -> ibis.Value:
    """Return the first value that says something."""
    return ibis.coalesce(*(ibis.ifelse(value.isin(("", *UNSET)), ibis.null("string"), value) for value in values))


def _items(rows: ibis.Table) -> ibis.Value:
    """Return an event's products, without those that nobody named."""
    return rows["items"].filter(lambda item: _known(item.item_id, item.item_name).notnull())


def _worth(item: ibis.Value) -> ibis.Value:
    by_piece = rounded(item.price) * rounded(item.quantity).fill_null(1)
    return ibis.coalesce(rounded(item.item_revenue), by_piece.cast(MONEY))


def _amount(rows: ibis.Table, values: dict[str, ibis.Value]) -> ibis.Value:
    """Return what the event says it is worth, an order without tax and shipping where they are in it.

    Shops differ in what they put into an order's revenue. Its items say what they cost, so it is worth no more than
    they are; only without them tax and shipping are taken off as they are told.
    """
    amount, items = values["amount"], rows.worth_of_items
    net = ibis.ifelse(amount >= rows.extras, amount - rows.extras, amount)
    order = ibis.ifelse(items.notnull(), ibis.least(amount, items), net)
    # A value without a currency is no money: some count points with it.
    other = ibis.ifelse(values["currency"].notnull(), amount, ibis.null(MONEY))
    return ibis.cases(
        (values["event_type"] == ORDER_PLACED, order.cast(MONEY)),
        (values["event_type"] == ORDER_REFUNDED, ibis.coalesce(amount, items)),
        else_=other,
    )


def _event_id(rows: ibis.Table, values: dict[str, ibis.Value]) -> ibis.Value:
    """Return an order's id of its transaction, any other event's of all by which Google tells events apart."""
    is_order = (values["event_type"] == ORDER_PLACED) & values["order_id"].notnull()
    order = ibis.literal("ga4-order-") + values["order_id"]
    return ibis.ifelse(is_order, order, ibis.literal("ga4-") + digest_of(rows.content, rows.nth))


def _of_items(events: ibis.Table) -> ibis.Table:
    """Return an event for each product that one is about."""
    rows = events.unnest("items", offset="nth")
    item = rows["items"]
    price, quantity = rounded(item.price), rounded(item.quantity)
    unreadable = ibis.cases(
        (item.price.notnull() & price.isnull(), "unreadable price"),
        (item.quantity.notnull() & quantity.isnull(), "unreadable quantity"),
        else_=ibis.null("string"),
    )
    shared = [name for name in EVENTS.columns if name in rows.columns]
    own = {
        "event_id": rows.event_id + "-" + rows.nth.cast("string"),
        "event_type": rows.event_type.substitute(OF_EACH_ITEM),
        "product_id": _known(item.item_id, item.item_name),
        "category": _known(item.item_category),
        "quantity": quantity,
        "amount": ibis.ifelse(rows.event_type == "product_viewed", ibis.null(MONEY), _worth(item)),
        "properties": also(rows.properties, _about(item)),
        REASON: ibis.coalesce(rows[REASON], unreadable),
    }
    return rows.select(LINE, **{**{name: rows[name] for name in shared}, **own})


def _about(item: ibis.Value) -> ibis.Value:
    return described(name=item.item_name, brand=_known(item.item_brand), variant=_known(item.item_variant))


def _same_person(events: ibis.Table) -> ibis.Table:
    """Return which user each browser was first seen with."""
    seen = events.filter(events[REASON].isnull() & events.browser.notnull() & (events.user != events.browser))
    first = seen.group_by("browser", "user").aggregate(
        **{LINE: seen[LINE].min()}, occurred_at=seen.occurred_at.min(), **{REASON: seen[REASON].min()}
    )
    return first.select(LINE, REASON, "occurred_at", alias=first.browser, customer_id=first.user)
