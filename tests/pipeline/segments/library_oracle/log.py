"""A generated log of hand-made histories: each customer draws a way of ordering, of visiting and of reading mail.

Ages lie on the boundaries of the library, a microsecond to either side of them, and anywhere between.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from tests.rows import Row, days_before, event

MICROSECOND = timedelta(microseconds=1)
EDGES = (1, 7, 30, 60, 90, 120, 180, 365)
PAGES = ("/", "/Delivery?from=mail", "/about", "/pricing", None)
DEVICES = ("mobile", "desktop", None)
CATEGORIES = ("tea", "pots", "toys")


def shop_log(seed: int, as_of: datetime, customers: int = 100) -> list[Row]:
    """Every event of the shop, some of which arrive only after the moment."""
    random = Random(seed)  # noqa: S311 - chosen at random, not kept secret
    rows = [row for number in range(customers) for row in _customer(random, f"customer {number:03}", as_of)]
    return [{**_late(random, row), "event_id": str(number)} for number, row in enumerate(rows)]


def _late(random: Random, row: Row) -> Row:
    delay = random.choice([0, 0, 0, 0, 0, 0, 0, 0, 2, 400])
    return {**row, "received_at": row["occurred_at"] + timedelta(days=delay)}


def _customer(random: Random, who: str, as_of: datetime) -> Iterator[Row]:
    edge = lambda: days_before(random.choice(EDGES), as_of) + random.choice([-1, 0, 1]) * MICROSECOND  # noqa: E731
    yield from _orders(random, who, edge())
    yield from _visits(random, who, as_of, edge)
    yield from _mails(random, who, as_of, edge)
    if random.random() < 0.3:
        yield event(who, edge(), "signed_up", order_id=None)
    for event_type in ("email_complained", "support_contacted", "support_contacted"):
        if random.random() < 0.25:
            yield event(who, edge(), event_type)


def _orders(random: Random, who: str, last: datetime) -> Iterator[Row]:
    gaps = random.choice([[], [], [20], [45], [0.01], [300], [20, 25, 30], [25] * 8, [365, 355], [40, 360, 10, 350]])
    discounts = random.choice([(None,), (0, None), (5,), (5, 5, 5, 0), (0.1,)])
    category = random.choice([*CATEGORIES, None])
    if random.random() < 0.25:
        return
    when = last
    for number, gap in enumerate([0.0, *gaps]):
        when -= timedelta(days=gap)
        amount = random.choice([10, 20, 50, 100, None])
        yield event(who, when, amount=amount, discount=random.choice(discounts), order_id=f"{who} {number}")
        bought = random.choice([category, category, random.choice(CATEGORIES)])
        pieces = random.randint(1, 3)
        yield event(who, when, "item_purchased", product_id="cup", category=bought, quantity=pieces, amount=amount)
        if random.random() < 0.25:
            yield event(who, when + timedelta(days=3), "order_refunded", amount=20)


def _visits(random: Random, who: str, as_of: datetime, edge: object) -> Iterator[Row]:
    """A few visits, many, or one every other day; in the evening, at any hour, on one device or several."""
    often = random.choice([0, 1, 2, 4, 6, 14, 30])
    first = random.choice([0.5, 0.5, 8, 40, 70, 100])
    device, evening, product = random.choice(DEVICES), random.random() < 0.5, random.choice(["cup", "mug", None])
    category = random.choice([*CATEGORIES, None])
    for number in range(often):
        when = days_before(first + number * random.choice([0.7, 2, 2, 5, 20]), as_of)
        when = when.replace(hour=random.randint(18, 22) if evening else random.randint(0, 21))
        if random.random() < 0.15:
            when = edge()  # type: ignore[operator]
        device = random.choice([device, device, random.choice(DEVICES)])
        yield event(who, when, "page_viewed", page=random.choice(PAGES), device=device)
        for _ in range(random.choice([0, 1, 2, 3])):
            when += timedelta(minutes=random.choice([1, 10, 30, 31]))
            seen = random.choice([category, category, random.choice(CATEGORIES)])
            yield event(who, when, "product_viewed", product_id=product, category=seen, device=device)
        for event_type, chance in (("cart_added", 0.12), ("checkout_started", 0.12)):
            if random.random() < chance:
                yield event(who, when + timedelta(minutes=2), event_type, product_id=product)


def _mails(random: Random, who: str, as_of: datetime, edge: object) -> Iterator[Row]:
    """Fifteen mails over a year, a handful of late, or none; opened and clicked now as before, once or never."""
    mails = random.choice([[], [3, 8, 15, 29, 50], [*range(5, 365, 24)], [100, 130, 170]])
    opens, opened_before, clicks = random.choice([0, 0, 0.4, 1]), random.choice([0, 0.5, 1]), random.choice([0, 0, 0.6])
    for age in mails:
        when = days_before(age, as_of) if random.random() < 0.8 else edge()  # type: ignore[operator]
        yield event(who, when, "email_delivered", campaign_id="spring")
        if random.random() < (opens if age <= 90 else opened_before):
            yield event(who, when + timedelta(hours=2), "email_opened", campaign_id="spring")
            if random.random() < clicks:
                yield event(who, when + timedelta(hours=3), "email_clicked", campaign_id="spring")
