"""What is in the orders: how many things, how different, and what is bought again."""

from features.customer import Column, Customer
from features.feature import feature
from pipeline.events.tables import ITEM_PURCHASED, ORDER_PLACED
from pipeline.windows.requests import Window


@feature("products", "breadth", windows=(90, 365, None))
def products(customer: Customer, window: Window) -> Column:
    """Different products bought in the window."""
    return customer.distinct_products(ITEM_PURCHASED, window)


@feature("items", "breadth", windows=(365,))
def items(customer: Customer, window: Window) -> Column:
    """Items bought in the window, each unit counted."""
    return customer.total(ITEM_PURCHASED, "quantity", window)


@feature("items", "breadth", windows=(365,), null="without an order in the window")
def items_per_order(customer: Customer, window: Window) -> Column:
    """Items in an order, on average, in the window."""
    return customer.total(ITEM_PURCHASED, "quantity", window) / customer.count(ORDER_PLACED, window)


@feature("share", "breadth", windows=(365,), null="without an item bought in the window")
def repeat_product_share(customer: Customer, window: Window) -> Column:
    """Share of the products bought in the window that were bought on two days of it or more."""
    repeated = customer.distinct_products(ITEM_PURCHASED, window, days=2)
    return repeated / customer.distinct_products(ITEM_PURCHASED, window)


FEATURES = (products, items, items_per_order, repeat_product_share)
