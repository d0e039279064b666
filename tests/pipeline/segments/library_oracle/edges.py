"""Hand-made histories that lie exactly on a bound, and a ladder of buyers with a percentile for each step."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from tests.rows import Row, days_before, event

SENT, OPENED, CLICKED = "email_delivered", "email_opened", "email_clicked"
VIEWED, ADDED, CHECKOUT, PAGE = "product_viewed", "cart_added", "checkout_started", "page_viewed"
BUYERS = 101  # so that a step of the ladder is one percent
TWICE = (0, 0.01)
REPEAT = 34  # from this step on, buyers came back: 34 of 100 others did not


def edges(as_of: datetime) -> list[Row]:
    """One customer a bound, by name."""
    rows = [
        *_orders("loyal a year after the first order", (365, 250, 120, 180), as_of),
        *_each("signed up 30 days ago", "signed_up", (30,), as_of),
        *_each("ten mails and no reaction", SENT, range(5, 305, 30), as_of),
        *_each("one mail and a click", SENT, (40,), as_of),
        *_each("one mail and a click", CLICKED, (20,), as_of),
        *_each("a click and no opening", SENT, (80, 60, 50), as_of),
        *_each("a click and no opening", CLICKED, (45,), as_of),
        *_each("looked three times until a day ago", VIEWED, (3, 2, 1), as_of, category="tea"),
        *_each("opened long ago", OPENED, (300,), as_of),
        *_each(
            "ten visits, two views each", VIEWED, [day + part for day in range(2, 22, 2) for part in (0, 0.01)], as_of
        ),
        *_each("six days of the month", PAGE, range(1, 7), as_of, page="/"),
        *_evenings("three evenings of five", (19, 20, 21, 9, 10), as_of),
        *_orders("discount of five per cent", (20, 90), as_of, amount=95, discount=5),
        *_orders("three gifts of five orders", (365, 364, 363, 100, 200), as_of),
        *_orders("gave three tenths back", (40,), as_of, amount=100),
        event("gave three tenths back", days_before(30, as_of), "order_refunded", amount=20),
        event("gave three tenths back", days_before(29, as_of), "order_refunded", amount=10),
        *_orders("one and a half times late", (100, 60), as_of),
        *_orders("three times late", (160, 120), as_of),
        *_orders("six times late", (70, 60), as_of),
        *_orders("once, 120 days ago", (120,), as_of),
    ]
    for event_type in (CHECKOUT, ADDED):
        for days in (1, 7):
            rows += _each(f"{event_type} {days} days ago", event_type, (days,), as_of)
    for event_type in (CHECKOUT, ADDED, PAGE):
        who = f"{event_type} and order at one instant"
        rows += [*_each(who, event_type, (2,), as_of, page="/pricing"), *_orders(who, (2,), as_of)]
    return [{**row, "event_id": str(number)} for number, row in enumerate(rows)]


def ladder(as_of: datetime) -> list[Row]:
    """Step by step a higher revenue; the rest is laid so that somebody is on every pair of bounds of the six groups.

    Money puts three on the step at which the worth is 50, and recency several on the steps 33 and 67.
    """
    rows = [row for step in range(BUYERS) for row in _buyer(step, as_of)]
    return [{**row, "event_id": str(number)} for number, row in enumerate(rows)]


def _buyer(step: int, as_of: datetime) -> Iterator[Row]:
    who, last = f"buyer {step:03}", _last_order(step)
    amount = 660 if step in {66, 67, 68} else 10 * step
    yield event(who, days_before(last, as_of), amount=amount, discount=1 if step == 1 else 0)
    for _ in range(_orders_before(step)):
        yield event(who, days_before(last + 40, as_of), amount=0)


def _orders_before(step: int) -> int:
    """How many orders came before the last, all on one day: three of eleven buyers, two of five, one of many."""
    return sum(REPEAT <= step < end for end in (BUYERS, REPEAT + 16, REPEAT + 11))


def _last_order(step: int) -> float:
    """How long ago the last order was: the higher the rung, the more recent."""
    return 320 - _rung(step)


def _rung(step: int) -> int:
    """Which place in recency; 33 and 67 are shared."""
    rungs = {99: 33, 10: 33, 11: 33, 100: 67, 20: 67, 21: 67, 66: 80, 67: 50, 68: 10}
    taken = {10, 33, 34, 35, 50, 67, 68, 69, 80}
    free = [rung for rung in range(BUYERS) if rung not in taken]
    others = [other for other in range(BUYERS) if other not in rungs]
    return rungs[step] if step in rungs else free[others.index(step)]


def _orders(who: str, ages: Iterable[float], as_of: datetime, **fields: object) -> list[Row]:
    return [event(who, days_before(age, as_of), **{"amount": 50, **fields}) for age in ages]


def _each(who: str, event_type: str, ages: Iterable[float], as_of: datetime, **fields: object) -> list[Row]:
    return [event(who, days_before(age, as_of), event_type, **fields) for age in ages]


def _evenings(who: str, hours: Iterable[int], as_of: datetime) -> list[Row]:
    days = enumerate(hours, 2)
    return [
        event(who, days_before(day, as_of).replace(hour=hour - 1), PAGE, page="/", device="mobile")
        for day, hour in days
    ]
