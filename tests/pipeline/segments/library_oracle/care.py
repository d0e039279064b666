"""Who needs care."""

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import ORDER, Rule, count, money, of

REFUNDED, COMPLAINED, ASKED = "order_refunded", "email_complained", "support_contacted"


def _returns_a_lot(past: Past) -> bool:
    given_back = sum(row["amount"] for row in past.within(past.of(REFUNDED), 365))
    ordered = money(past, 365)
    return count(past, REFUNDED, 365) >= 2 and ordered > 0 and float(given_back) / ordered >= 0.3


RULES = {
    "returns_a_lot": (Rule(of(_returns_a_lot), needs=(ORDER, REFUNDED)),),
    "complained": (
        Rule(
            of(lambda past: count(past, COMPLAINED, 365) >= 1 or count(past, ASKED, 30) >= 2),
            needs=(COMPLAINED, ASKED),
        ),
        Rule(of(lambda past: count(past, ASKED, 30) >= 2), needs=(ASKED,)),
        Rule(of(lambda past: count(past, COMPLAINED, 365) >= 1), needs=(COMPLAINED,)),
    ),
}
