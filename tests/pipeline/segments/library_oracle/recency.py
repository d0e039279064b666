"""How long it has been since the last order, and whether there is any sign of life."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import (
    ORDER,
    SITE,
    Rule,
    Shop,
    count,
    money,
    of,
    order_days,
    orders,
    since_first_order,
    since_order,
    visits,
)

SENT, OPENED, CLICKED = "email_delivered", "email_opened", "email_clicked"


def _is_waiting(past: Past) -> bool:
    return order_days(past) >= 2 and 60 <= since_order(past) <= 120


def _opens_less(past: Past) -> bool:
    """A smaller share of the last quarter's e-mails than of the quarter's before, or none."""
    opened, sent = (
        [len(past.within(past.of(kind), days, until)) for days, until in ((90, 0), (180, 90))]
        for kind in (OPENED, SENT)
    )
    fell = all(sent) and opened[1] > 0 and opened[0] / sent[0] < opened[1] / sent[1]
    return fell or opened[0] == 0


def _visits_less(past: Past) -> bool:
    now, before = len(visits(past, 30)), len(visits(past, 60, 30))
    return now < before or now == 0


def _was_lost(past: Past) -> bool:
    return order_days(past) >= 2 and 120 < since_order(past) <= 365


def _spent(who: str, shop: Shop) -> float:
    return shop.among(who, money, orders)


def _is_silent(past: Past, *reactions: str) -> bool:
    return count(past, SENT, 90) >= 1 and not any(count(past, one, 90) for one in reactions) and not orders(past, 180)


def _is_lost_to_mail(past: Past, *reactions: str) -> bool:
    reacts = any(count(past, one, 365) for one in (*reactions, ORDER))
    return count(past, SENT, 365) >= 10 and not reacts


RULES = {
    "new_subscriber": (
        Rule(
            of(lambda past: past.since_first(past.of("signed_up")) <= 30 and not orders(past)),
            needs=(ORDER, "signed_up"),
        ),
        Rule(of(lambda past: past.since_first(past.of(SENT)) <= 30 and not orders(past)), needs=(ORDER, SENT)),
    ),
    "new": (Rule(of(lambda past: since_first_order(past) <= 30)),),
    "recent_buyer": (Rule(of(lambda past: since_order(past) < 60)),),
    "at_risk": (
        Rule(of(lambda past: _is_waiting(past) and _opens_less(past)), needs=(ORDER, SENT, OPENED)),
        Rule(of(lambda past: _is_waiting(past) and _visits_less(past)), needs=(ORDER, SITE)),
        Rule(of(_is_waiting)),
    ),
    "lapsed": (Rule(of(lambda past: since_order(past) > 120)),),
    "win_back_candidate": (
        Rule(
            of(lambda past: _was_lost(past) and (count(past, CLICKED, 90) >= 1 or len(visits(past, 90)) >= 1)),
            needs=(ORDER, CLICKED, SITE),
        ),
        Rule(of(lambda past: _was_lost(past) and count(past, CLICKED, 90) >= 1), needs=(ORDER, CLICKED)),
        Rule(of(lambda past: _was_lost(past) and len(visits(past, 90)) >= 1), needs=(ORDER, SITE)),
        Rule(
            lambda who, shop: _was_lost(shop.pasts[who]) and _spent(who, shop) >= 50,
            stays=lambda who, shop: _was_lost(shop.pasts[who]) and _spent(who, shop) >= 45,
        ),
    ),
    "ghost": (
        Rule(of(lambda past: _is_silent(past, OPENED, CLICKED)), needs=(ORDER, SENT, OPENED, CLICKED)),
        Rule(of(lambda past: _is_silent(past, OPENED)), needs=(ORDER, SENT, OPENED)),
        Rule(of(lambda past: not visits(past, 90) and not orders(past, 180)), needs=(ORDER, SITE)),
    ),
    "remove_from_list": (
        Rule(of(lambda past: _is_lost_to_mail(past, OPENED, CLICKED)), needs=(ORDER, SENT, OPENED, CLICKED)),
        Rule(of(lambda past: _is_lost_to_mail(past, OPENED)), needs=(ORDER, SENT, OPENED)),
    ),
}
