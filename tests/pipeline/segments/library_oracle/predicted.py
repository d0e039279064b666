"""What models expect, over predictions made by hand; without them, what the customers' own rhythm says."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import ORDER, Member, Rule, Shop, lateness, of, orders, since_order

CHURN, PURCHASE, SPEND = "churn_probability", "purchase_probability", "expected_spend"
YEAR, CATEGORY, NEXT = "expected_value_365d", "next_category_1_probability", "expected_next_order_at"


def _leaves(who: str, shop: Shop, probability: float) -> bool:
    return shop.told(who, CHURN) >= probability


def _cools(who: str, shop: Shop, probability: float) -> bool:
    ordered = orders(shop.pasts[who], 365) >= 1
    return ordered and _leaves(who, shop, probability) and who not in shop.members["predicted_at_risk"]


def _is_vip(who: str, shop: Shop) -> bool:
    return who in shop.members["vip"]


def _in_top(column: str, top: float) -> Member:
    return lambda who, shop: shop.top(who, column) >= top


def _days_to_order(past: Past) -> float:
    """Days until the mean gap since the last order is over; NaN without a gap."""
    return since_order(past) / lateness(past) - since_order(past)


RULES = {
    "predicted_at_risk": (
        Rule(
            lambda who, shop: _leaves(who, shop, 0.6) and orders(shop.pasts[who], 365) >= 1,
            needs=(ORDER, CHURN),
            stays=lambda who, shop: _leaves(who, shop, 0.5),
        ),
    ),
    "cooling": (
        Rule(
            lambda who, shop: _cools(who, shop, 0.4),
            needs=(ORDER, CHURN),
            stays=lambda who, shop: _cools(who, shop, 0.35),
        ),
    ),
    "slipping_vip": (
        Rule(
            lambda who, shop: _is_vip(who, shop) and _leaves(who, shop, 0.5),
            needs=(ORDER, CHURN),
            stays=lambda who, shop: _is_vip(who, shop) and _leaves(who, shop, 0.4),
        ),
        Rule(lambda who, shop: _is_vip(who, shop) and lateness(shop.pasts[who]) > 2),
    ),
    "likely_to_buy": (Rule(_in_top(PURCHASE, 80), needs=(PURCHASE,), stays=_in_top(PURCHASE, 70)),),
    "likely_to_buy_category": (Rule(_in_top(CATEGORY, 80), needs=(CATEGORY,), stays=_in_top(CATEGORY, 70)),),
    "high_expected_value": (
        Rule(_in_top(YEAR, 90), needs=(YEAR,), stays=_in_top(YEAR, 85)),
        Rule(_in_top(SPEND, 90), needs=(SPEND,), stays=_in_top(SPEND, 85)),
    ),
    "next_order_due": (
        Rule(lambda who, shop: 0 <= shop.told(who, NEXT) <= 30, needs=(NEXT,)),
        Rule(of(lambda past: 0 <= _days_to_order(past) <= 7)),
    ),
}
