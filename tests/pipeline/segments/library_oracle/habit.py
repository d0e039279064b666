"""How, when and how often customers are there."""

from tests.features.oracle.past import NAN, Past
from tests.pipeline.segments.library_oracle.shop import ORDER, SITE, Rule, active_days, of, orders, visits

EVENING = 18


def _mobile_share(past: Past) -> float:
    """Of the visits whose first event says a device."""
    devices = [visit[0]["device"] for visit in visits(past, 365) if visit[0]["device"] is not None]
    return devices.count("mobile") / len(devices) if devices else NAN


def _evening_share(past: Past, moments: list[dict[str, object]]) -> float:
    return sum(past.local(row).hour >= EVENING for row in moments) / len(moments) if moments else NAN


def _comes_in_the_evening(past: Past) -> bool:
    begun = [visit[0] for visit in visits(past)]
    return _evening_share(past, begun) >= 0.6 and len(visits(past, 365)) >= 5


RULES = {
    "mobile_first": (Rule(of(lambda past: _mobile_share(past) >= 0.7 and len(visits(past, 365)) >= 3), needs=(SITE,)),),
    "evening_shopper": (
        Rule(of(_comes_in_the_evening), needs=(SITE,)),
        Rule(of(lambda past: _evening_share(past, past.of(ORDER)) >= 0.6 and orders(past) >= 3)),
    ),
    "heavy_user": (
        Rule(
            of(lambda past: active_days(past, 30) >= 8),
            needs=(SITE,),
            stays=of(lambda past: active_days(past, 30) >= 6),
        ),
    ),
    "light_user": (Rule(of(lambda past: 1 <= active_days(past, 30) <= 3), needs=(SITE,)),),
    "dormant_user": (Rule(of(lambda past: active_days(past, 60) == 0 and active_days(past, 365) >= 4), needs=(SITE,)),),
}
