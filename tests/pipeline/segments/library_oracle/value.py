"""What customers are worth."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import (
    Rule,
    Shop,
    money,
    of,
    order_days,
    orders,
    since_first_order,
    since_order,
)


def _in_top_by_either(who: str, shop: Shop, top: float) -> bool:
    return any(shop.among(who, number, orders) >= top for number in (money, orders))


def _spent(past: Past) -> float:
    return money(past, 365)


def _ordered(past: Past) -> bool:
    return orders(past, 365) >= 1


def _spent_last_year(who: str, shop: Shop) -> float:
    return shop.among(who, _spent, _ordered)


def _is_loyal(past: Past) -> bool:
    return order_days(past) >= 4 and since_first_order(past) >= 365 and since_order(past) <= 180


RULES = {
    "vip": (
        Rule(
            lambda who, shop: _in_top_by_either(who, shop, 90),
            stays=lambda who, shop: _in_top_by_either(who, shop, 85),
        ),
    ),
    "high_value": (
        Rule(
            lambda who, shop: _spent_last_year(who, shop) >= 80,
            stays=lambda who, shop: _spent_last_year(who, shop) >= 75,
        ),
    ),
    "loyal": (Rule(of(_is_loyal)),),
    "regular": (Rule(of(lambda past: order_days(past, 365) >= 3 and since_order(past) < 60)),),
    "repeat": (Rule(of(lambda past: order_days(past) in {2, 3})),),
    "one_time": (Rule(of(lambda past: order_days(past) == 1 and since_order(past) >= 60)),),
}
