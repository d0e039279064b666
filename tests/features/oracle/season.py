"""When in the year, naively."""

import math
from zoneinfo import ZoneInfo

from features.families.kinds import ON_SITE
from tests.features.oracle.past import DAY, NAN, Past, Row, over, total


def expected(past: Past) -> dict[str, float]:
    orders = past.of("order_placed")
    gifts = [row for row in orders if past.local(row).month >= 10]
    month, season = past.within(orders, 365, 335), past.within(orders, 365, 275)
    away = to_birthday(past)
    return {
        "orders_same_30d_last_year": len(month),
        "orders_same_season_last_year": len(season),
        "orders_same_30d_three_years": in_three_years(past, orders, 30),
        "same_season_order_share": over(in_three_years(past, orders, 90), len(orders)),
        "revenue_same_30d_last_year": total(month),
        "revenue_same_season_last_year": total(season),
        "visits_same_30d_last_year": visits(past, 30),
        "visits_same_season_last_year": visits(past, 90),
        "gift_season_order_share": over(len(gifts), len(orders)),
        "gift_season_revenue_share": over(total(gifts), total(orders)),
        "days_since_last_gift_season_order": past.since_last(gifts),
        "weekend_order_share": over(sum(past.local(row).weekday() >= 5 for row in orders), len(orders)),
        "days_to_birthday": away,
        "birthday_within_30d": NAN if math.isnan(away) else float(away < 30),
    }


def in_three_years(past: Past, events: list[Row], days: int) -> int:
    return sum(len(past.within(events, year, year - days)) for year in (365, 730, 1095))


def visits(past: Past, days: int) -> int:
    """Visits that began in the days of last year."""
    return len(past.within([visit[0] for visit in past.visits(past.of(*ON_SITE))], 365, 365 - days))


def to_birthday(past: Past) -> float:
    """Days on the shop's own clock until a month of birth begins, 0 in it."""
    born = past.person().get("birth_month")
    if born is None:
        return NAN
    now = past.as_of.astimezone(ZoneInfo(past.zone)).replace(tzinfo=None)
    if now.month == born:
        return 0.0
    year = now.year + (born < now.month)
    return (now.replace(year=year, month=born, day=1, hour=0, minute=0, second=0, microsecond=0) - now) / DAY
