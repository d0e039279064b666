"""The customer's own rhythm of ordering, and whether it slows down."""

from features.customer import Column, Customer
from features.feature import feature
from pipeline.events.tables import ORDER_PLACED

NO_GAP = "before the second day with an order"


@feature("days", "cadence", null=NO_GAP)
def order_gap_mean_days(customer: Customer) -> Column:
    """Mean days between successive days with an order."""
    return customer.mean_gap(ORDER_PLACED)


@feature("days", "cadence", null="before the third day with an order")
def order_gap_spread_days(customer: Customer) -> Column:
    """Standard deviation of the days between successive days with an order."""
    return customer.gap_spread(ORDER_PLACED)


@feature("days", "cadence", null=NO_GAP)
def order_gap_last_days(customer: Customer) -> Column:
    """Days between the last two days with an order."""
    return customer.last_gap(ORDER_PLACED)


@feature("ratio", "cadence", null=NO_GAP)
def order_gap_widening(customer: Customer) -> Column:
    """The last gap between days with an order over the customer's mean gap; over 1, orders come further apart."""
    return customer.last_gap(ORDER_PLACED) / customer.mean_gap(ORDER_PLACED)


@feature("ratio", "recency", null=NO_GAP)
def overdue_ratio(customer: Customer) -> Column:
    """Days since the last order over the customer's own mean gap; over 1, the next order is overdue."""
    return customer.days_since_last(ORDER_PLACED) / customer.mean_gap(ORDER_PLACED)


@feature("orders", "cadence", null="before the first order")
def expected_orders_90d(customer: Customer) -> Column:
    """Days with an order to expect in 90 days, at the customer's own rate since the first order.

    The rate counts the days with an order after the first one, and two more in 360 more days, which steady the rate of
    those who came lately.
    """
    rate = (customer.active_days(ORDER_PLACED) + 1) / (customer.days_since_first(ORDER_PLACED) + 360)
    return rate * 90


FEATURES = (
    order_gap_mean_days,
    order_gap_spread_days,
    order_gap_last_days,
    order_gap_widening,
    overdue_ratio,
    expected_orders_90d,
)
