"""Where customers are on their way: one stage each."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import Member, Rule, count, lateness, order_days, orders, since_order

REACHED = ("signed_up", "subscription_started", "email_delivered")


def _stage(past: Past) -> str:
    if not orders(past):
        return "stage_lead" if any(count(past, one) for one in REACHED) else "stage_visitor"
    if order_days(past) == 1:
        days = since_order(past)
        return "stage_new" if days < 60 else "stage_slipping" if days <= 120 else "stage_lapsed"
    late = lateness(past)
    if since_order(past) < 60 or late <= 1.5:
        return "stage_active"
    return "stage_slipping" if late <= 3 else "stage_lapsed"


def _in(name: str) -> Member:
    return lambda who, shop: _stage(shop.pasts[who]) == name


NAMES = ("stage_visitor", "stage_lead", "stage_new", "stage_active", "stage_slipping", "stage_lapsed")
RULES = {name: (Rule(_in(name)),) for name in NAMES}
