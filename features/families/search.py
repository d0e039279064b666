"""What a customer searches for in the shop, and whether it is found."""

from features.column import Column
from features.customer import Customer
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED, PRODUCT_VIEWED, SEARCHED
from pipeline.windows.requests import Window

HALF_AN_HOUR = 1 / 48  # in days


@feature("searches", "search", windows=(7, 30, 90, 365))
def searches(customer: Customer, window: Window) -> Column:
    """Searches in the window."""
    return customer.events(SEARCHED).count(window)


@feature("queries", "search", windows=(365,))
def search_queries(customer: Customer, window: Window) -> Column:
    """Different words searched for in the window."""
    return customer.events(SEARCHED).distinct("query", window)


@feature("queries", "search", windows=(365,))
def repeated_search_queries(customer: Customer, window: Window) -> Column:
    """Different words searched for on two days of the window or more."""
    return customer.events(SEARCHED).distinct("query", window, days=2)


@feature("searches", "search", windows=(90,), null="without a visit begun in the window")
def searches_per_visit(customer: Customer, window: Window) -> Column:
    """Searches in the window over visits begun in it."""
    return customer.events(SEARCHED).count(window) / customer.events(*ON_SITE).visits().count(window)


@feature("share", "search", windows=(365,), null="without a search more than half an hour old in the window")
def search_view_share(customer: Customer, window: Window) -> Column:
    """Share of the searches in the window, those of the last half-hour left out, that led to a product.

    A search leads to a product when one is viewed within half an hour of it.
    """
    settled = customer.events(SEARCHED).older_than(HALF_AN_HOUR)
    viewed = settled.followed_by(customer.events(PRODUCT_VIEWED), within_days=HALF_AN_HOUR)
    return viewed.count(window) / settled.count(window)


@feature("share", "search", windows=(365,), null="without a search more than 24 hours old in the window")
def search_order_share(customer: Customer, window: Window) -> Column:
    """Share of the searches in the window, the last 24 hours left out, that an order followed within 24 hours."""
    settled = customer.events(SEARCHED).older_than(1)
    return settled.followed_by(customer.events(ORDER_PLACED), within_days=1).count(window) / settled.count(window)


@feature("days", "search", null="before the first search")
def days_since_last_search(customer: Customer) -> Column:
    """Days since the last search."""
    return customer.events(SEARCHED).days_since_last()


FEATURES = (
    searches,
    search_queries,
    repeated_search_queries,
    searches_per_visit,
    search_view_share,
    search_order_share,
    days_since_last_search,
)
