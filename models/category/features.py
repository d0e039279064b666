"""What the next category is predicted from: what a customer bought, viewed and put into the cart of each category."""

from features.catalogue import features_named
from features.column import Column
from features.customer import Customer
from features.families import cadence, orders
from features.feature import Feature, feature
from features.vocabulary import Vocabulary
from models.tasks import Task
from pipeline.conditions.nodes import columns
from pipeline.events.event_types import CART_ADDED, ITEM_PURCHASED, PRODUCT_VIEWED
from pipeline.windows.requests import Window

SEASON_DAYS = 90  # of last year's season: long enough that a small shop sold something of each category
A_YEAR_DAYS = 364  # whole weeks, so that the weekdays are the same


@feature("items", "affinity", windows=(90, None), values="category")
def category_items(customer: Customer, category: str, window: Window) -> Column:
    """Items bought in the window in the value."""
    return customer.events(ITEM_PURCHASED).told_apart("category", category, customer.vocabulary).count(window)


@feature("items", "season", values="category")
def category_items_of_season(customer: Customer, category: str) -> Column:
    """Items bought in the value in the 90 days that began 364 days ago."""
    season = Window(A_YEAR_DAYS, until=A_YEAR_DAYS - SEASON_DAYS)
    return customer.events(ITEM_PURCHASED).told_apart("category", category, customer.vocabulary).count(season)


@feature("days", "affinity", values="category", null="before the first item bought in the category")
def days_since_category_item(customer: Customer, category: str) -> Column:
    """Days since an item was last bought in the value."""
    return customer.events(ITEM_PURCHASED).told_apart("category", category, customer.vocabulary).days_since_last()


@feature("views", "affinity", windows=(30, 365), values="category")
def category_views(customer: Customer, category: str, window: Window) -> Column:
    """Product views in the window in the value."""
    return customer.events(PRODUCT_VIEWED).told_apart("category", category, customer.vocabulary).count(window)


@feature("additions", "affinity", windows=(30,), values="category")
def category_cart_additions(customer: Customer, category: str, window: Window) -> Column:
    """Products put into the cart in the window in the value."""
    return customer.events(CART_ADDED).told_apart("category", category, customer.vocabulary).count(window)


OF_EACH = (
    category_items,
    category_items_of_season,
    days_since_category_item,
    category_views,
    category_cart_additions,
)
OF_THE_CUSTOMER = (
    orders.orders,
    orders.orders_decayed_60d,
    orders.orders_decayed_180d,
    orders.days_since_last_order,
    orders.days_since_first_order,
    cadence.order_gap_mean_days,
    cadence.expected_orders_90d,
)


def features_read(task: Task, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """Return the features that the task's model reads, and those that its population names."""
    read, named = (*OF_EACH, *OF_THE_CUSTOMER), columns(task.population_node)
    return tuple(dict.fromkeys((*read, *features_named(named, vocabulary))))
