"""What customers are about to do: what they looked at, put into the cart and took to the checkout."""

from collections import Counter

from tests.features.oracle.past import Past
from tests.pipeline.segments.library_oracle.shop import ORDER, Rule, count, no_order_after, of, orders, since

VIEWED, ADDED, CHECKOUT, BOUGHT, PAGE = (
    "product_viewed",
    "cart_added",
    "checkout_started",
    "item_purchased",
    "page_viewed",
)
KEY_PAGES = ("pricing", "prices", "plans", "checkout", "cart", "delivery", "shipping", "returns", "contact", "quote")


def _left(past: Past, event_type: str) -> bool:
    return 1 <= since(past, event_type) <= 7 and no_order_after(past, event_type)


def _only_looked(past: Past) -> bool:
    return count(past, VIEWED, 7) >= 3 and since(past, VIEWED) >= 1 and not orders(past, 7)


def _viewed_on_two_days(past: Past) -> bool:
    days = {(row["product_id"], past.age(row)) for row in past.within(past.of(VIEWED), 30) if row["product_id"]}
    return any(times >= 2 for times in Counter(product for product, _ in days).values())


def _top_share(rows: list[dict[str, object]]) -> float:
    """The largest share that one category has, of all rows whose category is known."""
    categories = Counter(row["category"] for row in rows if row["category"] is not None)
    return max(categories.values()) / categories.total() if categories else 0.0


def _views_one_category(past: Past) -> bool:
    views = past.within(past.of(VIEWED), 365)
    return len(views) >= 10 and _top_share(views) >= 0.6


def _buys_one_category(past: Past) -> bool:
    items = sum(row["quantity"] or 0 for row in past.within(past.of(BOUGHT), 365))
    return items >= 3 and _top_share(past.of(BOUGHT)) >= 0.6


def _read_a_key_page(past: Past) -> bool:
    read = [row for row in past.of(PAGE) if any(word in (row["page"] or "").lower() for word in KEY_PAGES)]
    ordered = past.of(ORDER)
    return bool(past.within(read, 30)) and not (ordered and ordered[-1]["occurred_at"] >= read[-1]["occurred_at"])


RULES = {
    "checkout_abandoner": (Rule(of(lambda past: _left(past, CHECKOUT)), needs=(ORDER, CHECKOUT)),),
    "cart_abandoner": (Rule(of(lambda past: _left(past, ADDED)), needs=(ORDER, ADDED)),),
    "browse_abandoner": (
        Rule(of(lambda past: _only_looked(past) and not count(past, ADDED, 7)), needs=(ORDER, VIEWED, ADDED)),
        Rule(of(_only_looked), needs=(ORDER, VIEWED)),
    ),
    "product_repeat_viewer": (
        Rule(of(lambda past: _viewed_on_two_days(past) and not orders(past, 30)), needs=(ORDER, VIEWED)),
    ),
    "category_fan": (
        Rule(of(_views_one_category), needs=(VIEWED,)),
        Rule(of(_buys_one_category), needs=(BOUGHT,)),
    ),
    "key_page_visitor": (Rule(of(_read_a_key_page), needs=(ORDER, PAGE)),),
}
