"""What becomes of carts, naively."""

from datetime import timedelta

from tests.features.oracle.browsing import ON_SITE
from tests.features.oracle.past import NAN, Past, Row, distinct, label, over, total

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


def expected(past: Past) -> dict[str, float]:
    added, removed = past.of("cart_added"), past.of("cart_removed")
    checkouts, orders = past.of("checkout_started"), past.of("order_placed")
    carts, ways = settled(past, added), settled(past, checkouts)
    abandoned = [row for row in carts if not came(row, orders, A_DAY)]
    year, year_abandoned = past.within(carts, 365), past.within(abandoned, 365)
    old = [row for row in year_abandoned if past.as_of - row["occurred_at"] > A_WEEK]
    year_ways = past.within(ways, 365)
    ordered = [row for row in year_ways if came(row, orders, A_DAY)]
    month = past.within(added, 30)
    return {
        **{f"cart_additions_{label(days)}": len(past.within(added, days)) for days in (1, 7, 30, 90, 365)},
        **{f"cart_removals_{label(days)}": len(past.within(removed, days)) for days in (30, 365)},
        **{f"carts_{label(days)}": len(past.days(past.within(added, days))) for days in (30, 365)},
        **{f"abandoned_carts_{label(days)}": len(past.within(abandoned, days)) for days in (7, 30, 90, 365)},
        "cart_abandonment_share_365d": over(len(year_abandoned), len(year)),
        "recovered_cart_share_365d": over(sum(came(row, orders, A_WEEK) for row in old), len(old)),
        **{f"open_cart_products_{label(days)}": len(distinct(opened(past, days), "product_id")) for days in (7, 30)},
        "open_cart_value_30d": value(opened(past, 30)),
        "carts_per_visit_90d": over(
            len(past.days(past.within(added, 90))),
            len(past.within([visit[0] for visit in past.visits(past.of(*ON_SITE))], 90)),
        ),
        "carts_trend_30d": over(len(past.days(month)), len(past.days(past.within(added, 60, 30)))),
        "days_since_last_cart_addition": past.since_last(added),
        "days_since_last_abandoned_cart": past.since_last(abandoned),
        **{f"checkouts_{label(days)}": len(past.within(checkouts, days)) for days in (30, 365)},
        "abandoned_checkouts_365d": len(year_ways) - len(ordered),
        "checkout_order_share_365d": over(len(ordered), len(year_ways)),
        "days_since_last_checkout": past.since_last(checkouts),
    }


def settled(past: Past, events: list[Row]) -> list[Row]:
    """The last event of each day, where it is more than 24 hours old."""
    last = {past.age(row): row for row in events}
    return [row for row in last.values() if past.as_of - row["occurred_at"] > A_DAY]


def came(row: Row, later: list[Row], within: timedelta | None = None) -> bool:
    """Whether one of `later` came after the event, or with it, so soon."""
    waits = [other["occurred_at"] - row["occurred_at"] for other in later]
    return any(timedelta(0) <= wait and (within is None or wait <= within) for wait in waits)


def opened(past: Past, days: int) -> list[Row]:
    """What was put into the cart in a window and lies there still."""
    gone, orders = past.of("cart_removed", "item_purchased", "order_placed"), past.of("order_placed")
    return [
        row
        for row in past.within(past.of("cart_added"), days)
        if not came(row, [other for other in gone if is_same(row, other)]) and not came(row, orders)
    ]


def is_same(row: Row, other: Row) -> bool:
    return row["product_id"] is not None and row["product_id"] == other["product_id"]


def value(rows: list[Row]) -> float:
    """What lies in the cart costs; null when something does and no amount is known."""
    return total(rows) if not rows or any(row["amount"] is not None for row in rows) else NAN
