"""What is taken off, naively."""

from tests.features.oracle.past import NAN, Past, Row, label, over, total


def expected(past: Past) -> dict[str, float]:
    orders, items = past.of("order_placed"), past.of("item_purchased")
    year, off, full = past.within(orders, 365), reduced(orders), [row for row in orders if not row["discount"]]
    return {
        "discounted_orders_365d": len(reduced(year)),
        **{f"discounted_order_share_{label(days)}": share(past.within(orders, days)) for days in (90, 365, None)},
        "discount_value_365d": total(year, "discount"),
        "discount_depth_share_365d": depth(year),
        "discount_depth_share_lifetime": depth(orders),
        "offer_depth_share_lifetime": depth(off),
        "full_price_revenue_share_365d": over(total(past.within(full, 365)), total(year)),
        "only_on_discount": float(not full) if orders else NAN,
        "first_order_discounted": any_at(orders[0]["occurred_at"], off) if orders else NAN,
        "last_order_discounted": any_at(orders[-1]["occurred_at"], off) if orders else NAN,
        "days_since_last_full_price_order": past.since_last(full),
        "days_since_last_discounted_order": past.since_last(off),
        "discounted_item_share_365d": share(past.within(items, 365)),
        "discounted_item_share_lifetime": share(items),
        "item_discount_depth_share_lifetime": depth(items),
    }


def reduced(events: list[Row]) -> list[Row]:
    """Those from which something was taken off."""
    return [row for row in events if row["discount"] is not None and row["discount"] > 0]


def share(events: list[Row]) -> float:
    return over(len(reduced(events)), len(events))


def depth(events: list[Row]) -> float:
    off = total(events, "discount")
    return over(off, total(events) + off)


def any_at(instant: object, events: list[Row]) -> float:
    return float(any(row["occurred_at"] == instant for row in events))
