"""What is in the orders: how many things, how different, and what is bought again."""

from features.column import Column
from features.customer import Customer
from features.feature import feature
from pipeline.events.event_types import ITEM_PURCHASED, ORDER_PLACED
from pipeline.windows.requests import Window


@feature("products", "breadth", windows=(90, 365, None))
def products(customer: Customer, window: Window) -> Column:
    """Different products bought in the window."""
    return customer.events(ITEM_PURCHASED).distinct("product_id", window)


@feature("categories", "breadth", windows=(30, 365, None))
def categories_bought(customer: Customer, window: Window) -> Column:
    """Different categories bought from in the window."""
    return customer.events(ITEM_PURCHASED).distinct("category", window)


@feature("items", "breadth", windows=(365,))
def items(customer: Customer, window: Window) -> Column:
    """Items bought in the window, each unit counted."""
    return customer.events(ITEM_PURCHASED).total("quantity", window)


@feature("items", "breadth", windows=(365,), null="without an order in the window")
def items_per_order(customer: Customer, window: Window) -> Column:
    """Items in an order, on average, in the window."""
    return customer.events(ITEM_PURCHASED).total("quantity", window) / customer.events(ORDER_PLACED).count(window)


@feature("items", "breadth", windows=(None,), null="without an item of known number")
def largest_basket(customer: Customer, window: Window) -> Column:
    """Items in the largest basket of the window, each unit counted; a basket is what was bought at one instant."""
    counted = customer.events(ITEM_PURCHASED).with_known("quantity")
    return counted.together("quantity").largest("quantity", window)


@feature("money", "breadth", windows=(None,), null="without an item of known value and number")
def average_item_price(customer: Customer, window: Window) -> Column:
    """Value of the items bought in the window over their number, each unit counted, where both are known."""
    priced = customer.events(ITEM_PURCHASED).with_known("amount").with_known("quantity")
    return priced.total("amount", window) / priced.total("quantity", window)


@feature("products", "breadth", windows=(None,))
def repeat_products(customer: Customer, window: Window) -> Column:
    """Different products that were bought on two days or more of the window."""
    return customer.events(ITEM_PURCHASED).distinct("product_id", window, days=2)


@feature("share", "breadth", windows=(365,), null="without an item bought in the window")
def repeat_product_share(customer: Customer, window: Window) -> Column:
    """Share of the products bought in the window that were bought on two days of it or more."""
    repeated = customer.events(ITEM_PURCHASED).distinct("product_id", window, days=2)
    return repeated / customer.events(ITEM_PURCHASED).distinct("product_id", window)


@feature("share", "breadth", null="without an item bought in the last 365 days")
def new_product_share_365d(customer: Customer) -> Column:
    """Share of the products bought in the last 365 days that the customer had never bought before those days."""
    bought = customer.events(ITEM_PURCHASED)
    new = bought.distinct("product_id") - bought.older_than(365).distinct("product_id")
    return new / bought.distinct("product_id", Window(365))


FEATURES = (
    products,
    categories_bought,
    items,
    items_per_order,
    largest_basket,
    average_item_price,
    repeat_products,
    repeat_product_share,
    new_product_share_365d,
)
