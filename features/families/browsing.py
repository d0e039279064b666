"""How often a customer comes to look, at what, and for how long.

A *visit* is what somebody does in the shop or its app with no more than half an hour between one thing and the next. It
counts when it begins, and it lasts from its first event to its last.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import ITEM_PURCHASED, ORDER_PLACED, PAGE_VIEWED, PRODUCT_VIEWED
from pipeline.windows.filters import Matching
from pipeline.windows.requests import Window

NO_VISIT = "without a visit begun in the window"
NO_VIEW = "without a view of a known product in the window"


@feature("visits", "browsing", windows=(7, 14, 30, 60, 90, 180, 365))
def visits(customer: Customer, window: Window) -> Column:
    """Visits begun in the window: things done in the shop or its app with no more than half an hour between them."""
    return _visits(customer).count(window)


@feature("views", "browsing", windows=(1, 7, 14, 30, 60, 90, 180, 365))
def product_views(customer: Customer, window: Window) -> Column:
    """Views of products in the window."""
    return customer.events(PRODUCT_VIEWED).count(window)


@feature("views", "browsing", windows=(30,))
def page_views(customer: Customer, window: Window) -> Column:
    """Views of pages in the window, those of products as far as the shop logs them as pages too."""
    return customer.events(PAGE_VIEWED).count(window)


@feature("products", "browsing", windows=(30, 365))
def viewed_products(customer: Customer, window: Window) -> Column:
    """Different products viewed in the window."""
    return customer.events(PRODUCT_VIEWED).distinct("product_id", window)


@feature("products", "browsing", windows=(30,))
def products_viewed_again(customer: Customer, window: Window) -> Column:
    """Different products viewed on two days of the window or more."""
    return customer.events(PRODUCT_VIEWED).distinct("product_id", window, days=2)


@feature("products", "browsing", windows=(30,))
def viewed_unbought_products(customer: Customer, window: Window) -> Column:
    """Different products viewed in the window and not bought since they were last viewed."""
    unbought = customer.events(PRODUCT_VIEWED).not_followed_by(customer.events(ITEM_PURCHASED), on="product_id")
    return unbought.distinct("product_id", window)


@feature("share", "browsing", windows=(365,), null=NO_VIEW)
def viewed_product_bought_share(customer: Customer, window: Window) -> Column:
    """Share of the different products viewed in the window that were bought after a view in it."""
    viewed = customer.events(PRODUCT_VIEWED)
    bought = viewed.followed_by(customer.events(ITEM_PURCHASED), on="product_id")
    return bought.distinct("product_id", window) / viewed.distinct("product_id", window)


@feature("share", "browsing", windows=(30,), null=NO_VIEW)
def top_product_view_share(customer: Customer, window: Window) -> Column:
    """Share that the product viewed most has in the views of products in the window."""
    return customer.events(PRODUCT_VIEWED).top_share("product_id", window)


@feature("categories", "browsing", windows=(365,))
def viewed_categories(customer: Customer, window: Window) -> Column:
    """Different categories of the products viewed in the window."""
    return customer.events(PRODUCT_VIEWED).distinct("category", window)


@feature("views", "browsing", windows=(90,), null=NO_VISIT)
def product_views_per_visit(customer: Customer, window: Window) -> Column:
    """Views of products in the window over visits begun in it."""
    return customer.events(PRODUCT_VIEWED).count(window) / _visits(customer).count(window)


@feature("seconds", "browsing", windows=(30,))
def visit_seconds(customer: Customer, window: Window) -> Column:
    """Seconds from the first event of a visit to its last, summed over the visits begun in the window."""
    return _visits(customer).total("visit_seconds", window)


@feature("seconds", "browsing", windows=(90,), null=NO_VISIT)
def seconds_per_visit(customer: Customer, window: Window) -> Column:
    """Seconds from the first event of a visit to its last, on average over the visits begun in the window."""
    return _visits(customer).total("visit_seconds", window) / _visits(customer).count(window)


@feature("seconds", "browsing", windows=(90,), null="without a view of known length in the window")
def seconds_per_product_view(customer: Customer, window: Window) -> Column:
    """Seconds for which a product was looked at, on average over the views in the window whose length is known."""
    timed = customer.events(PRODUCT_VIEWED).with_known("duration_seconds")
    return timed.total("duration_seconds", window) / timed.count(window)


@feature("orders", "browsing", windows=(365,), null=NO_VISIT)
def orders_per_visit(customer: Customer, window: Window) -> Column:
    """Orders placed in the window, wherever, over visits begun in it."""
    return customer.events(ORDER_PLACED).count(window) / _visits(customer).count(window)


@feature("visits", "browsing")
def visits_since_last_order(customer: Customer) -> Column:
    """Visits begun after the last order; all of them before the first."""
    return _visits(customer).not_followed_by(customer.events(ORDER_PLACED)).count()


@feature("views", "browsing", windows=(7, 30, 90))
def key_page_views(customer: Customer, window: Window) -> Column:
    """Views in the window of pages in whose address stands one of the shop's key words, such as pricing or delivery."""
    return _key_pages(customer).count(window)


@feature("days", "browsing", null="before the first such view")
def days_since_last_key_page_view(customer: Customer) -> Column:
    """Days since a page was last viewed in whose address stands one of the shop's key words."""
    return _key_pages(customer).days_since_last()


@feature("ratio", "browsing", null="without a visit in the 30 days before the last 30")
def visits_trend_30d(customer: Customer) -> Column:
    """Visits begun in the last 30 days over those begun in the 30 days before."""
    return _visits(customer).count(Window(30)) / _visits(customer).count(Window(60, until=30))


@feature("ratio", "browsing", null="without a product viewed in the 30 days before the last 30")
def product_views_trend_30d(customer: Customer) -> Column:
    """Views of products in the last 30 days over those in the 30 days before."""
    viewed = customer.events(PRODUCT_VIEWED)
    return viewed.count(Window(30)) / viewed.count(Window(60, until=30))


@feature("days", "browsing", null="before the first visit")
def days_since_last_visit(customer: Customer) -> Column:
    """Days since the customer last did anything in the shop or its app."""
    return customer.events(*ON_SITE).days_since_last()


@feature("days", "browsing", null="before the first product viewed")
def days_since_last_product_view(customer: Customer) -> Column:
    """Days since a product was last viewed."""
    return customer.events(PRODUCT_VIEWED).days_since_last()


def _visits(customer: Customer) -> Events:
    return customer.events(*ON_SITE).visits()


def _key_pages(customer: Customer) -> Events:
    words = customer.vocabulary.key_pages
    # Of no event type at all where a shop has no key words: then it does not have the columns.
    return customer.events(*([PAGE_VIEWED] if words else [])).where(Matching("page", words))


FEATURES = (
    visits,
    product_views,
    page_views,
    viewed_products,
    products_viewed_again,
    viewed_unbought_products,
    viewed_product_bought_share,
    top_product_view_share,
    viewed_categories,
    product_views_per_visit,
    visit_seconds,
    seconds_per_visit,
    seconds_per_product_view,
    orders_per_visit,
    visits_since_last_order,
    key_page_views,
    days_since_last_key_page_view,
    visits_trend_30d,
    product_views_trend_30d,
    days_since_last_visit,
    days_since_last_product_view,
)
