"""Where the shop is met, naively."""

from tests.features.oracle.pages import ON_PAGES, visits
from tests.features.oracle.past import Past, Row, distinct, over
from tests.features.oracle.sequence import followed, in_order, known, matches, share

OTHER_ACTS = (
    "order_placed",
    "email_opened",
    "email_clicked",
    "sms_clicked",
    "push_opened",
    "ad_clicked",
    "support_contacted",
)


def expected(past: Past) -> dict[str, float]:
    acts = past.of(*ON_PAGES, *OTHER_ACTS)
    orders = in_order(known(past.of("order_placed"), "channel"))
    year = past.within(visits(past), 365)
    terms = past.vocabulary.terms["channel"]
    told = {
        **{f"channels_used_{days}d": len(distinct(past.within(acts, days), "channel")) for days in (90, 365)},
        "channels_per_day_365d": _per_day(past, known(past.within(acts, 365), "channel")),
        "visits_before_order_elsewhere_365d": sum(_leads_elsewhere(past, row, orders) for row in year),
    }
    for channel in (*terms, "other"):
        is_it = matches("channel", channel, terms)
        told[f"order_channel_share_{channel}_lifetime"] = share(orders, is_it)
        told[f"visit_channel_share_{channel}_365d"] = share(known(year, "channel"), is_it)
        told[f"first_order_channel_{channel}"] = share(orders[:1], is_it)
        told[f"last_order_channel_{channel}"] = share(orders[-1:], is_it)
    return told


def _told(past: Past, row: Row) -> object:
    """The row's channel as the vocabulary has it."""
    return row["channel"] if row["channel"] in past.vocabulary.terms["channel"] else "other"


def _per_day(past: Past, acts: list[Row]) -> float:
    on_days = {(past.age(row), _told(past, row)) for row in acts}
    return over(len(on_days), len(past.days(acts)))


def _leads_elsewhere(past: Past, visit: Row, orders: list[Row]) -> bool:
    elsewhere = [order for order in orders if _told(past, order) != _told(past, visit)]
    return visit["channel"] is not None and bool(followed([visit], elsewhere, days=7))
