"""How often a customer orders, and since when."""

from features.column import Column
from features.customer import Customer
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED
from pipeline.windows.requests import Window

NO_ORDER = "before the first order"


@feature("orders", "frequency", windows=(7, 30, 60, 90, 180, 365, None))
def orders(customer: Customer, window: Window) -> Column:
    """Orders placed in the window."""
    return customer.events(ORDER_PLACED).count(window)


@feature("days", "frequency", windows=(90, 365, None))
def order_days(customer: Customer, window: Window) -> Column:
    """Days with an order in the window."""
    return customer.events(ORDER_PLACED).days(window)


@feature("orders", "frequency", windows=(None,))
def same_day_orders(customer: Customer, window: Window) -> Column:
    """Orders in the window beyond the first of their day."""
    return customer.events(ORDER_PLACED).count(window) - customer.events(ORDER_PLACED).days(window)


@feature("share", "frequency", windows=(365,), null=NO_ORDER)
def recent_order_share(customer: Customer, window: Window) -> Column:
    """Share of all orders that were placed in the window."""
    return customer.events(ORDER_PLACED).count(window) / customer.events(ORDER_PLACED).count()


@feature("orders", "frequency")
def orders_decayed_60d(customer: Customer) -> Column:
    """Orders, each weighing half as much for every 60 days of its age."""
    return customer.events(ORDER_PLACED).decayed_count(60)


@feature("orders", "frequency")
def orders_decayed_180d(customer: Customer) -> Column:
    """Orders, each weighing half as much for every 180 days of its age."""
    return customer.events(ORDER_PLACED).decayed_count(180)


@feature("ratio", "trend", null="without an order in the 30 days before the last 30")
def orders_trend_30d(customer: Customer) -> Column:
    """Orders of the last 30 days over those of the 30 days before."""
    return customer.events(ORDER_PLACED).count(Window(30)) / customer.events(ORDER_PLACED).count(Window(60, until=30))


@feature("ratio", "trend", null="without an order in the 90 days before the last 90")
def orders_trend_90d(customer: Customer) -> Column:
    """Orders of the last 90 days over those of the 90 days before."""
    return customer.events(ORDER_PLACED).count(Window(90)) / customer.events(ORDER_PLACED).count(Window(180, until=90))


@feature("days", "recency", null=NO_ORDER)
def days_since_last_order(customer: Customer) -> Column:
    """Days since the last order."""
    return customer.events(ORDER_PLACED).days_since_last()


@feature("days", "tenure", null=NO_ORDER)
def days_since_first_order(customer: Customer) -> Column:
    """Days since the first order."""
    return customer.events(ORDER_PLACED).days_since_first()


FEATURES = (
    orders,
    order_days,
    same_day_orders,
    recent_order_share,
    orders_decayed_60d,
    orders_decayed_180d,
    orders_trend_30d,
    orders_trend_90d,
    days_since_last_order,
    days_since_first_order,
)
