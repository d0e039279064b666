"""What a customer's orders are worth. Revenue is the orders' net value; refunds are counted apart, on their own day."""

from features.customer import Column, Customer
from features.feature import feature
from pipeline.events.tables import ORDER_PLACED
from pipeline.windows.requests import Window

NO_ORDER_IN_WINDOW = "without an order in the window"


@feature("money", "value", windows=(30, 90, 180, 365, None))
def revenue(customer: Customer, window: Window) -> Column:
    """Value of the orders placed in the window."""
    return customer.total(ORDER_PLACED, "amount", window)


@feature("money", "value", windows=(365, None), null=NO_ORDER_IN_WINDOW)
def average_order_value(customer: Customer, window: Window) -> Column:
    """Value of an order, on average, in the window."""
    return customer.total(ORDER_PLACED, "amount", window) / customer.count(ORDER_PLACED, window)


@feature("money", "value", windows=(365,), null=NO_ORDER_IN_WINDOW)
def largest_order(customer: Customer, window: Window) -> Column:
    """Value of the largest order in the window."""
    return customer.largest(ORDER_PLACED, "amount", window)


@feature("money", "value")
def revenue_decayed_180d(customer: Customer) -> Column:
    """Value of all orders, each weighing half as much for every 180 days of its age."""
    return customer.decayed_total(ORDER_PLACED, "amount", half_life=180)


@feature("ratio", "trend", null="without an order in the 90 days before the last 90")
def revenue_trend_90d(customer: Customer) -> Column:
    """Value of the orders of the last 90 days over that of the 90 days before."""
    before = customer.total(ORDER_PLACED, "amount", Window(180, until=90))
    return customer.total(ORDER_PLACED, "amount", Window(90)) / before


FEATURES = (revenue, average_order_value, largest_order, revenue_decayed_180d, revenue_trend_90d)
