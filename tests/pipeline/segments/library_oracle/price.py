"""How customers decide: what price means to them, and how long they look."""

from tests.features.oracle.past import NAN, Past
from tests.pipeline.segments.library_oracle.shop import ORDER, SITE, Rule, count, of, orders, visits

VIEWED, OPENED = "product_viewed", "email_opened"


def _discounted(past: Past, days: float | None = None) -> list[dict[str, object]]:
    return [row for row in past.within(past.of(ORDER), days) if (row["discount"] or 0) > 0]


def _discounted_share(past: Past) -> float:
    return len(_discounted(past, 365)) / orders(past, 365) if orders(past, 365) else NAN


def _depth(past: Past) -> float:
    """What was taken off the discounted orders over what they would have cost."""
    taken = sum(row["discount"] for row in _discounted(past))
    paid = sum(row["amount"] or 0 for row in _discounted(past))
    return float(taken / (taken + paid)) if taken else NAN


def _only_bought_on_offer_and_not_lately(past: Past) -> bool:
    return orders(past) > 0 and len(_discounted(past)) == orders(past) and not orders(past, 60)


def _orders_per_visit(past: Past) -> float:
    return orders(past, 365) / len(visits(past, 365)) if visits(past, 365) else NAN


def _looks_long(past: Past) -> bool:
    return len(visits(past, 365)) >= 10 and count(past, VIEWED, 90) >= 20 and _orders_per_visit(past) <= 0.1


RULES = {
    "discount_seeker": (
        Rule(of(lambda past: orders(past, 365) >= 2 and _discounted_share(past) >= 0.75 and _depth(past) >= 0.05)),
    ),
    "sale_waiter": (
        Rule(
            of(lambda past: _only_bought_on_offer_and_not_lately(past) and len(visits(past, 30)) >= 2),
            needs=(ORDER, SITE),
        ),
        Rule(
            of(lambda past: _only_bought_on_offer_and_not_lately(past) and count(past, OPENED, 30) >= 2),
            needs=(ORDER, OPENED),
        ),
    ),
    "full_price_buyer": (Rule(of(lambda past: orders(past, 365) >= 2 and not _discounted(past, 365))),),
    "impulse_buyer": (
        Rule(of(lambda past: orders(past, 365) >= 2 and _orders_per_visit(past) >= 0.5), needs=(ORDER, SITE)),
    ),
    "researcher": (Rule(of(_looks_long), needs=(ORDER, SITE, VIEWED)),),
}
