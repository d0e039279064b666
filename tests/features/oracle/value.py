"""What it is worth, naively."""

from statistics import fmean, pstdev

from tests.features.oracle.past import NAN, Past, Row, label, over, total


def expected(past: Past) -> dict[str, float]:
    orders = past.of("order_placed")
    year = past.within(orders, 365)
    return {
        **{f"revenue_{label(days)}": total(past.within(orders, days)) for days in (7, 30, 60, 90, 180, 365, None)},
        "average_order_value_365d": over(total(year), len(year)),
        "average_order_value_lifetime": over(total(orders), len(orders)),
        "largest_order_365d": max(_values(year), default=NAN),
        "largest_order_lifetime": max(_values(orders), default=NAN),
        **_about_the_last(orders),
        "revenue_per_day": total(orders) / max(30, past.since_first(orders)) if orders else NAN,
        "revenue_decayed_180d": sum(float(row["amount"] or 0) * 2 ** (-past.age(row) / 180) for row in orders),
        **{
            f"revenue_trend_{days}d": over(total(past.within(orders, days)), total(past.within(orders, 2 * days, days)))
            for days in (30, 90, 365)
        },
    }


def _about_the_last(orders: list[Row]) -> dict[str, float]:
    known = [row for row in orders if row["amount"] is not None]
    values = _values(known)
    mean = fmean(values) if known else NAN
    last = max(_values(row for row in known if row["occurred_at"] == known[-1]["occurred_at"])) if known else NAN
    return {
        "order_value_spread_ratio": over(pstdev(values), mean) if len(known) > 1 else NAN,
        "last_order_value": last,
        "last_order_value_ratio": over(last, mean),
    }


def _values(orders) -> list[float]:
    return [float(row["amount"]) for row in orders if row["amount"] is not None]
