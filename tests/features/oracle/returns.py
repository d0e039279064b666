"""What is given back, naively."""

from datetime import timedelta

from tests.features.oracle.past import NAN, Past, label, over, total


def expected(past: Past) -> dict[str, float]:
    orders, refunds = past.of("order_placed"), past.of("order_refunded")
    year = past.within(refunds, 365)
    days = [row["occurred_at"] for row in refunds]
    soon = [row for row in orders if any(timedelta(0) <= day - row["occurred_at"] <= timedelta(30) for day in days)]
    return {
        **{f"refunds_{label(days)}": len(past.within(refunds, days)) for days in (90, 365, None)},
        "refunded_value_365d": total(year),
        "refund_share_365d": over(total(year), total(past.within(orders, 365))),
        "refund_share_lifetime": over(total(refunds), total(orders)),
        "refunds_per_order_lifetime": over(len(refunds), len(orders)),
        "soon_refunded_order_share": over(len(soon), len(orders)),
        "orders_since_last_refund": sum(row["occurred_at"] > max(days) for row in orders) if days else NAN,
        "days_since_last_refund": past.since_last(refunds),
    }
