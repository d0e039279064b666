"""Recency, frequency, money: two scores, each a percentile, and the six fields that they make."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import Member, Rule, Shop, money, order_days, orders, since_order


def _newness(past: Past) -> float:
    return -since_order(past)


def _recency(who: str, shop: Shop) -> float:
    return shop.among(who, _newness, orders)


def _worth(who: str, shop: Shop) -> float:
    return (shop.among(who, order_days, orders) + shop.among(who, money, orders)) / 2


def _field(who: str, shop: Shop) -> str:
    """The one group of somebody who ordered; nothing for others."""
    if not orders(shop.pasts[who]):
        return ""
    recency, worth = _recency(who, shop), _worth(who, shop)
    if recency < 33:
        return "rfm_at_risk" if worth >= 50 else "rfm_inactive"
    if recency >= 67 and worth >= 67:
        return "rfm_champions"
    if worth >= 50:
        return "rfm_loyal"
    return "rfm_recent" if recency >= 67 else "rfm_needs_attention"


def _in(name: str) -> Member:
    return lambda who, shop: _field(who, shop) == name


NAMES = ("rfm_champions", "rfm_loyal", "rfm_recent", "rfm_needs_attention", "rfm_at_risk", "rfm_inactive")
RULES = {name: (Rule(_in(name)),) for name in NAMES}
