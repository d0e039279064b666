"""What a customer looks at and buys: which categories, how narrowly, and at which prices.

An item is a line of an order, however many pieces it has; its price is that of a piece, of one where none are counted.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.fields import PRICE_BANDS, where_known
from features.feature import feature
from pipeline.events.event_types import ITEM_PURCHASED, PRODUCT_VIEWED
from pipeline.windows.filters import PRICE, Between
from pipeline.windows.requests import Window

NO_VIEW = "without a view in the window of a product whose category is known"
NO_ITEM = "before the first item bought whose category is known"
NO_PRICE = "without an item bought in the window whose price is known"


@feature("share", "affinity", windows=(365,), values="category", null=NO_VIEW)
def category_view_share(customer: Customer, category: str, window: Window) -> Column:
    """Share of the product views in the window, of those whose category is known, in the value."""
    return _share(customer.events(PRODUCT_VIEWED), category, customer, window)


@where_known("category")
@feature("index", "affinity", windows=(365,), null=NO_VIEW)
def category_view_concentration(customer: Customer, window: Window) -> Column:
    """Sum of the squared shares that each category has in the product views of the window; 1 for a single one."""
    return customer.events(PRODUCT_VIEWED).concentration("category", window)


@where_known("category")
@feature("share", "affinity", windows=(365,), null=NO_VIEW)
def top_category_view_share(customer: Customer, window: Window) -> Column:
    """Share of the product views in the window, of those whose category is known, in the category viewed most."""
    return customer.events(PRODUCT_VIEWED).top_share("category", window)


@feature("share", "affinity", windows=(None,), values="category", null=NO_ITEM)
def category_item_share(customer: Customer, category: str, window: Window) -> Column:
    """Share of the items bought in the window, of those whose category is known, in the value."""
    return _share(customer.events(ITEM_PURCHASED), category, customer, window)


@where_known("category")
@feature("index", "affinity", windows=(None,), null=NO_ITEM)
def category_item_concentration(customer: Customer, window: Window) -> Column:
    """Sum of the squared shares that each category has in the items bought in the window; 1 for a single one."""
    return customer.events(ITEM_PURCHASED).concentration("category", window)


@where_known("category")
@feature("share", "affinity", windows=(None,), null=NO_ITEM)
def top_category_item_share(customer: Customer, window: Window) -> Column:
    """Share of the items bought in the window, of those whose category is known, in the one bought most."""
    return customer.events(ITEM_PURCHASED).top_share("category", window)


@where_known(PRICE_BANDS)
@feature("share", "affinity", windows=(365,), null=NO_PRICE)
def low_price_item_share(customer: Customer, window: Window) -> Column:
    """Share of the items bought in the window, of those whose price is known, that cost less than the lower bound.

    The two bounds part the prices a piece of everything that the shop sold into thirds.
    """
    return _priced(customer, window, None, customer.vocabulary.price_bands[0])


@where_known(PRICE_BANDS)
@feature("share", "affinity", windows=(365,), null=NO_PRICE)
def middle_price_item_share(customer: Customer, window: Window) -> Column:
    """Share of the items bought in the window, of those whose price is known, from the lower bound up to the upper.

    The two bounds part the prices a piece of everything that the shop sold into thirds; the upper one is excluded.
    """
    low, high = customer.vocabulary.price_bands
    return _priced(customer, window, low, high)


@where_known(PRICE_BANDS)
@feature("share", "affinity", windows=(365,), null=NO_PRICE)
def high_price_item_share(customer: Customer, window: Window) -> Column:
    """Share of the items bought in the window, of those whose price is known, that cost the upper bound or more.

    The two bounds part the prices a piece of everything that the shop sold into thirds.
    """
    return _priced(customer, window, customer.vocabulary.price_bands[1], None)


def _share(events: Events, category: str, customer: Customer, window: Window) -> Column:
    known = events.with_known("category").count(window)
    return events.told_apart("category", category, customer.vocabulary).count(window) / known


def _priced(customer: Customer, window: Window, low: float | None, high: float | None) -> Column:
    items = customer.events(ITEM_PURCHASED)
    return items.where(Between(PRICE, low, high)).count(window) / items.with_known(PRICE).count(window)


FEATURES = (
    category_view_share,
    category_view_concentration,
    top_category_view_share,
    category_item_share,
    category_item_concentration,
    top_category_item_share,
    low_price_item_share,
    middle_price_item_share,
    high_price_item_share,
)
