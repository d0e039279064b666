"""How often a customer orders, and since when."""

from features.customer import Column, Customer
from features.feature import feature
from pipeline.events.tables import ORDER_PLACED
from pipeline.windows.requests import Window

NO_ORDER = "before the first order"


@feature("orders", "frequency", windows=(30, 90, 180, 365, None))
def orders(customer: Customer, window: Window) -> Column:
    """Orders placed in the window."""
    return customer.count(ORDER_PLACED, window)


@feature("days", "frequency", windows=(90, 365, None))
def order_days(customer: Customer, window: Window) -> Column:
    """Days with an order in the window."""
    return customer.active_days(ORDER_PLACED, window)


@feature("orders", "frequency")
def orders_decayed_60d(customer: Customer) -> Column:
    """Orders, each weighing half as much for every 60 days of its age."""
    return customer.decayed_count(ORDER_PLACED, half_life=60)


@feature("orders", "frequency")
def orders_decayed_180d(customer: Customer) -> Column:
    """Orders, each weighing half as much for every 180 days of its age."""
    return customer.decayed_count(ORDER_PLACED, half_life=180)


@feature("ratio", "trend", null="without an order in the 90 days before the last 90")
def orders_trend_90d(customer: Customer) -> Column:
    """Orders of the last 90 days over those of the 90 days before."""
    return customer.count(ORDER_PLACED, Window(90)) / customer.count(ORDER_PLACED, Window(180, until=90))


@feature("days", "recency", null=NO_ORDER)
def days_since_last_order(customer: Customer) -> Column:
    """Days since the last order."""
    return customer.days_since_last(ORDER_PLACED)


@feature("days", "tenure", null=NO_ORDER)
def days_since_first_order(customer: Customer) -> Column:
    """Days since the first order."""
    return customer.days_since_first(ORDER_PLACED)


FEATURES = (
    orders,
    order_days,
    orders_decayed_60d,
    orders_decayed_180d,
    orders_trend_90d,
    days_since_last_order,
    days_since_first_order,
)
