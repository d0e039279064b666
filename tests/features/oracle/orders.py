"""How often, naively."""

from tests.features.oracle.past import Past, label, over


def expected(past: Past) -> dict[str, float]:
    orders = past.of("order_placed")
    return {
        **{f"orders_{label(days)}": len(past.within(orders, days)) for days in (7, 30, 60, 90, 180, 365, None)},
        **{f"order_days_{label(days)}": len(past.days(past.within(orders, days))) for days in (90, 365, None)},
        "same_day_orders_lifetime": len(orders) - len({past.age(row) for row in orders}),
        "recent_order_share_365d": over(len(past.within(orders, 365)), len(orders)),
        "orders_decayed_60d": sum(2 ** (-past.age(row) / 60) for row in orders),
        "orders_decayed_180d": sum(2 ** (-past.age(row) / 180) for row in orders),
        **{
            f"orders_trend_{days}d": over(len(past.within(orders, days)), len(past.within(orders, 2 * days, days)))
            for days in (30, 90)
        },
        "days_since_last_order": past.since_last(orders),
        "days_since_first_order": past.since_first(orders),
    }
