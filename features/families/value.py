"""What a customer's orders are worth. Revenue is the orders' net value; refunds are counted apart, on their own day."""

from features.column import Column
from features.customer import Customer
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED
from pipeline.windows.requests import Window

NO_ORDER_IN_WINDOW = "without an order in the window"
NO_VALUE = "without an order of known value"
NEWCOMER_DAYS = 30  # a tenure this short says nothing of a daily rate yet


@feature("money", "value", windows=(7, 30, 60, 90, 180, 365, None))
def revenue(customer: Customer, window: Window) -> Column:
    """Value of the orders placed in the window."""
    return customer.events(ORDER_PLACED).total("amount", window)


@feature("money", "value", windows=(365, None), null=NO_ORDER_IN_WINDOW)
def average_order_value(customer: Customer, window: Window) -> Column:
    """Value of an order, on average, in the window."""
    return customer.events(ORDER_PLACED).total("amount", window) / customer.events(ORDER_PLACED).count(window)


@feature("money", "value", windows=(365, None), null=NO_ORDER_IN_WINDOW)
def largest_order(customer: Customer, window: Window) -> Column:
    """Value of the largest order in the window."""
    return customer.events(ORDER_PLACED).largest("amount", window)


@feature("ratio", "value", null="before the second order of known value, and where all are worth nothing")
def order_value_spread_ratio(customer: Customer) -> Column:
    """Standard deviation of the orders' values over their mean; 0 when all cost the same."""
    return customer.events(ORDER_PLACED).spread("amount") / _usual_value(customer)


@feature("money", "value", null=NO_VALUE)
def last_order_value(customer: Customer) -> Column:
    """Value of the last order whose value is known; the largest, where several were placed at that instant."""
    return customer.events(ORDER_PLACED).last_value("amount")


@feature("ratio", "value", null=NO_VALUE + ", and where all are worth nothing")
def last_order_value_ratio(customer: Customer) -> Column:
    """Value of the last order whose value is known over the mean of all those; over 1, it was a large one."""
    return customer.events(ORDER_PLACED).last_value("amount") / _usual_value(customer)


@feature("money", "value", null="before the first order")
def revenue_per_day(customer: Customer) -> Column:
    """Value of all orders over the days since the first one, which count as 30 while they are fewer."""
    tenure = customer.events(ORDER_PLACED).days_since_first()
    return customer.events(ORDER_PLACED).total("amount") / (tenure + NEWCOMER_DAYS - tenure.or_less(NEWCOMER_DAYS))


@feature("money", "value")
def revenue_decayed_180d(customer: Customer) -> Column:
    """Value of all orders, each weighing half as much for every 180 days of its age."""
    return customer.events(ORDER_PLACED).decayed_total("amount", 180)


@feature("ratio", "trend", null="without an order in the 30 days before the last 30")
def revenue_trend_30d(customer: Customer) -> Column:
    """Value of the orders of the last 30 days over that of the 30 days before."""
    return _trend(customer, 30)


@feature("ratio", "trend", null="without an order in the 90 days before the last 90")
def revenue_trend_90d(customer: Customer) -> Column:
    """Value of the orders of the last 90 days over that of the 90 days before."""
    return _trend(customer, 90)


@feature("ratio", "trend", null="without an order in the 365 days before the last 365")
def revenue_trend_365d(customer: Customer) -> Column:
    """Value of the orders of the last 365 days over that of the 365 days before."""
    return _trend(customer, 365)


def _usual_value(customer: Customer) -> Column:
    """Return the mean over the orders whose value is known."""
    return customer.events(ORDER_PLACED).total("amount") / customer.events(ORDER_PLACED).with_known("amount").count()


def _trend(customer: Customer, days: int) -> Column:
    before = customer.events(ORDER_PLACED).total("amount", Window(2 * days, until=days))
    return customer.events(ORDER_PLACED).total("amount", Window(days)) / before


FEATURES = (
    revenue,
    average_order_value,
    largest_order,
    order_value_spread_ratio,
    last_order_value,
    last_order_value_ratio,
    revenue_per_day,
    revenue_decayed_180d,
    revenue_trend_30d,
    revenue_trend_90d,
    revenue_trend_365d,
)
