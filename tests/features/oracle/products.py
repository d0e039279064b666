"""What is in the orders, naively."""

from tests.features.oracle.past import NAN, Past, Row, distinct, label, over, total


def expected(past: Past) -> dict[str, float]:
    items = past.of("item_purchased")
    year = past.within(items, 365)
    bought, before = distinct(year, "product_id"), distinct(set_apart(items, year), "product_id")
    pieces = total(year, "quantity")
    priced = [row for row in items if row["amount"] is not None and row["quantity"] is not None]
    return {
        **{
            f"products_{label(days)}": len(distinct(past.within(items, days), "product_id")) for days in (90, 365, None)
        },
        **{
            f"categories_bought_{label(days)}": len(distinct(past.within(items, days), "category"))
            for days in (30, 365, None)
        },
        "items_365d": pieces,
        "items_per_order_365d": over(pieces, len(past.within(past.of("order_placed"), 365))),
        "largest_basket_lifetime": max(baskets(items).values(), default=NAN),
        "average_item_price_lifetime": over(total(priced), total(priced, "quantity")),
        "repeat_products_lifetime": repeated(past, items),
        "repeat_product_share_365d": over(repeated(past, year), len(bought)),
        "new_product_share_365d": over(len(bought - before), len(bought)),
    }


def set_apart(items: list[Row], later: list[Row]) -> list[Row]:
    """The items that are none of the later ones."""
    return [row for row in items if not any(row is other for other in later)]


def baskets(items: list[Row]) -> dict[object, float]:
    """Pieces by the instant at which they were bought, where their number is known."""
    instants = {row["occurred_at"] for row in items if row["quantity"] is not None}
    return {at: total((row for row in items if row["occurred_at"] == at), "quantity") for at in instants}


def repeated(past: Past, items: list[Row]) -> int:
    """How many products were bought on two days or more."""
    products = distinct(items, "product_id")
    return sum(len(past.days(row for row in items if row["product_id"] == one)) > 1 for one in products)
