"""Visits and views, naively."""

import math
from datetime import timedelta

from tests.features.oracle.past import NAN, Past, Row, counts, distinct, label, over, total

ON_SITE = (
    "page_viewed",
    "product_viewed",
    "searched",
    "cart_added",
    "cart_removed",
    "checkout_started",
    "signed_up",
    "logged_in",
    "feature_used",
    "content_downloaded",
    "video_watched",
)


def expected(past: Past) -> dict[str, float]:
    visits = begun(past)
    views, pages = past.of("product_viewed"), past.of("page_viewed")
    orders, items = past.of("order_placed"), past.of("item_purchased")
    month, quarter, year = (past.within(views, days) for days in (30, 90, 365))
    seen = distinct(year, "product_id")
    bought = {row["product_id"] for row in year if bought_since(row, items)}
    timed = [row for row in quarter if row["duration_seconds"] is not None]
    by_product = counts(month, lambda row: row["product_id"])
    keys = [row for row in pages if is_key(row, past.vocabulary.key_pages)]
    return {
        **{f"visits_{label(days)}": len(inside(past, days)) for days in (7, 14, 30, 60, 90, 180, 365)},
        **{f"product_views_{label(days)}": len(past.within(views, days)) for days in (1, 7, 14, 30, 60, 90, 180, 365)},
        "page_views_30d": len(past.within(pages, 30)),
        **{
            f"viewed_products_{label(days)}": len(distinct(past.within(views, days), "product_id"))
            for days in (30, 365)
        },
        "products_viewed_again_30d": sum(
            len(past.days(row for row in month if row["product_id"] == product)) > 1 for product in by_product
        ),
        "viewed_unbought_products_30d": sum(not bought_since(last(month, product), items) for product in by_product),
        "viewed_product_bought_share_365d": over(len(bought), len(seen)),
        "top_product_view_share_30d": max(by_product.values()) / by_product.total() if by_product else NAN,
        "viewed_categories_365d": len(distinct(year, "category")),
        "product_views_per_visit_90d": over(len(quarter), len(inside(past, 90))),
        "visit_seconds_30d": sum(map(seconds, inside(past, 30))),
        "seconds_per_visit_90d": over(sum(map(seconds, inside(past, 90))), len(inside(past, 90))),
        "seconds_per_product_view_90d": over(total(timed, "duration_seconds"), len(timed)),
        "orders_per_visit_365d": over(len(past.within(orders, 365)), len(inside(past, 365))),
        "visits_since_last_order": sum(
            all(order["occurred_at"] < visit[0]["occurred_at"] for order in orders) for visit in visits
        ),
        **{f"key_page_views_{label(days)}": len(past.within(keys, days)) for days in (7, 30, 90)},
        "days_since_last_key_page_view": past.since_last(keys),
        "visits_trend_30d": over(len(inside(past, 30)), len(inside(past, 60, 30))),
        "product_views_trend_30d": over(len(month), len(past.within(views, 60, 30))),
        "days_since_last_visit": past.since_last(past.of(*ON_SITE)),
        "days_since_last_product_view": past.since_last(views),
    }


def begun(past: Past) -> list[list[Row]]:
    """The visits, each as its events."""
    return past.visits(past.of(*ON_SITE))


def inside(past: Past, days: int, until: int = 0) -> list[list[Row]]:
    """The visits that began in a window."""
    return [visit for visit in begun(past) if past.within(visit[:1], days, until)]


def seconds(visit: list[Row]) -> float:
    """How long a visit lasted, to the ten-thousandth of a second, as the log's own numbers are."""
    lasted = visit[-1]["occurred_at"] - visit[0]["occurred_at"]
    return math.floor(lasted / timedelta(microseconds=100)) / 10_000


def last(views: list[Row], product: object) -> Row:
    return [row for row in views if row["product_id"] == product][-1]


def bought_since(view: Row, items: list[Row]) -> bool:
    """Whether the product was bought after the view, or with it."""
    same = (item for item in items if item["product_id"] == view["product_id"])
    return view["product_id"] is not None and any(item["occurred_at"] >= view["occurred_at"] for item in same)


def is_key(page: Row, words: tuple[str, ...]) -> bool:
    return page["page"] is not None and any(word.lower() in page["page"].lower() for word in words)
