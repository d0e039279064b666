"""What is looked at and bought, naively."""

from decimal import Decimal

from tests.features.oracle.past import NAN, Past, Row, counts, over
from tests.features.oracle.sequence import known, matches, share


def expected(past: Past) -> dict[str, float]:
    viewed = known(past.within(past.of("product_viewed"), 365), "category")
    bought = known(past.of("item_purchased"), "category")
    return {
        **_categories(past, "view", "365d", viewed),
        **_categories(past, "item", "lifetime", bought),
        **_prices(past),
    }


def _categories(past: Past, what: str, label: str, events: list[Row]) -> dict[str, float]:
    terms = past.vocabulary.terms["category"]
    slugs = {"tea": "tea", "Pots & pans": "pots_pans", "other": "other"}
    each = counts(events, lambda row: row["category"]).values()
    return {
        **{
            f"category_{what}_share_{slugs[category]}_{label}": share(events, matches("category", category, terms))
            for category in (*terms, "other")
        },
        f"category_{what}_concentration_{label}": over(sum(count**2 for count in each), len(events) ** 2),
        f"top_category_{what}_share_{label}": over(max(each), len(events)) if events else NAN,
    }


def _prices(past: Past) -> dict[str, float]:
    items = known(past.within(past.of("item_purchased"), 365), "amount")
    lower, upper = map(Decimal, past.vocabulary.price_bands)
    return {
        "low_price_item_share_365d": share(items, lambda row: _price(row) < lower),
        "middle_price_item_share_365d": share(items, lambda row: lower <= _price(row) < upper),
        "high_price_item_share_365d": share(items, lambda row: _price(row) >= upper),
    }


def _price(row: Row) -> Decimal:
    return row["amount"] / (1 if row["quantity"] is None else row["quantity"])
