"""Every feature once more, naively, from one customer's raw events: no tiles, no windows, no arrays."""

import math
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
Row = dict[str, object]


def known(rows: list[Row], as_of: datetime) -> list[Row]:
    return [row for row in rows if row["occurred_at"] < as_of and row["received_at"] < as_of]


def expected(rows: list[Row], as_of: datetime, zone: str = "UTC") -> dict[str, float]:
    """Features of one customer whose rows are given; NaN stands for null."""
    rows = known(rows, as_of)
    orders = sorted((row for row in rows if row["event_type"] == "order_placed"), key=lambda row: row["occurred_at"])
    items = [row for row in rows if row["event_type"] == "item_purchased"]
    refunds = [row for row in rows if row["event_type"] == "order_refunded"]

    def age(row: Row) -> int:
        return math.ceil((as_of - row["occurred_at"]) / DAY) - 1

    def within(events: list[Row], days: float, until: float = 0) -> list[Row]:
        return [row for row in events if as_of - DAY * days <= row["occurred_at"] < as_of - DAY * until]

    def total(events: list[Row], field: str = "amount") -> float:
        return float(sum(row[field] for row in events))

    def over(top: float, bottom: float) -> float:
        return top / bottom if bottom else math.nan

    def since(events: list[Row], pick) -> float:
        return (as_of - pick(row["occurred_at"] for row in events)) / DAY if events else math.nan

    def product_days(events: list[Row]) -> dict[object, set[int]]:
        found = defaultdict(set)
        for row in events:
            found[row["product_id"]].add(age(row))
        return found

    def local(row: Row) -> datetime:
        return row["occurred_at"].astimezone(ZoneInfo(zone))

    every = 10**4
    order_days = sorted({age(row) for row in orders}, reverse=True)
    gaps = [earlier - later for earlier, later in pairwise(order_days)]
    mean_gap = fmean(gaps) if gaps else math.nan
    last_gap = float(gaps[-1]) if gaps else math.nan
    first, last = since(orders, min), since(orders, max)
    year, items_year = within(orders, 365), within(items, 365)
    bought = product_days(items_year)
    windows = {"30d": 30, "90d": 90, "180d": 180, "365d": 365, "lifetime": every}
    return {
        **{f"orders_{name}": len(within(orders, days)) for name, days in windows.items()},
        **{f"revenue_{name}": total(within(orders, days)) for name, days in windows.items()},
        "order_days_90d": len({age(row) for row in within(orders, 90)}),
        "order_days_365d": len({age(row) for row in year}),
        "order_days_lifetime": len(order_days),
        "orders_decayed_60d": sum(2 ** (-age(row) / 60) for row in orders),
        "orders_decayed_180d": sum(2 ** (-age(row) / 180) for row in orders),
        "orders_trend_90d": over(len(within(orders, 90)), len(within(orders, 180, 90))),
        "days_since_last_order": last,
        "days_since_first_order": first,
        "order_gap_mean_days": mean_gap,
        "order_gap_spread_days": pstdev(gaps) if len(gaps) > 1 else math.nan,
        "order_gap_last_days": last_gap,
        "order_gap_widening": last_gap / mean_gap,
        "overdue_ratio": last / mean_gap,
        "expected_orders_90d": 90 * (len(order_days) + 1) / (first + 360),
        "average_order_value_365d": over(total(year), len(year)),
        "average_order_value_lifetime": over(total(orders), len(orders)),
        "largest_order_365d": max((float(row["amount"]) for row in year), default=math.nan),
        "revenue_decayed_180d": sum(float(row["amount"]) * 2 ** (-age(row) / 180) for row in orders),
        "revenue_trend_90d": over(total(within(orders, 90)), total(within(orders, 180, 90))),
        "products_90d": len(product_days(within(items, 90))),
        "products_365d": len(bought),
        "products_lifetime": len(product_days(items)),
        "items_365d": total(items_year, "quantity"),
        "items_per_order_365d": over(total(items_year, "quantity"), len(year)),
        "repeat_product_share_365d": over(sum(len(days) > 1 for days in bought.values()), len(bought)),
        "refunds_90d": len(within(refunds, 90)),
        "refunds_365d": len(within(refunds, 365)),
        "refunded_value_365d": total(within(refunds, 365)),
        "refund_share_365d": over(total(within(refunds, 365)), total(year)),
        "days_since_last_refund": since(refunds, max),
        "orders_same_season_last_year": len(within(orders, 365, 275)),
        "gift_season_order_share": over(sum(local(row).month >= 10 for row in orders), len(orders)),
        "weekend_order_share": over(sum(local(row).weekday() >= 5 for row in orders), len(orders)),
    }
