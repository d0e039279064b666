"""When in the year customers order."""

from datetime import timedelta

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import ORDER, Rule, of, order_days, orders, since_first_order

OCTOBER = 10


def _share(part: int, past: Past) -> float:
    return part / orders(past) if orders(past) else 0.0


def _this_season(past: Past) -> int:
    ordered = past.of(ORDER)
    return sum(len(past.within(ordered, 365 * years, 365 * years - 90)) for years in (1, 2, 3))


def _for_gifts(past: Past) -> int:
    return sum(past.local(row).month >= OCTOBER for row in past.of(ORDER))


def _has_an_anniversary(past: Past) -> bool:
    """An order whose date and time of day, in a later year, lies in the next 21 days by the shop's clock."""
    now = past.local({"occurred_at": past.as_of})
    for row in past.of(ORDER):
        ordered = past.local(row)
        again = [ordered.replace(year=year) for year in range(ordered.year + 1, now.year + 2)]
        if any(now <= moment < now + timedelta(days=21) for moment in again):
            return True
    return False


RULES = {
    "seasonal_buyer": (Rule(of(lambda past: _share(_this_season(past), past) >= 0.5 and order_days(past) >= 2)),),
    "gift_buyer": (
        Rule(
            of(
                lambda past: (
                    _share(_for_gifts(past), past) >= 0.6 and order_days(past) >= 2 and since_first_order(past) >= 365
                )
            ),
        ),
    ),
    "same_occasion_last_year": (Rule(of(lambda past: _has_an_anniversary(past) and not orders(past, 30))),),
}
