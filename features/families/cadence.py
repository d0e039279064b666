"""The customer's own rhythm of ordering, and whether it slows down."""

from features.column import Column
from features.customer import Customer
from features.families.orders import NO_ORDER
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED

NO_GAP = "before the second day with an order"
NO_SPREAD = "before the third day with an order"


@feature("days", "cadence", null=NO_GAP)
def order_gap_mean_days(customer: Customer) -> Column:
    """Mean days between successive days with an order."""
    return customer.events(ORDER_PLACED).gap("mean")


@feature("days", "cadence", null=NO_GAP)
def order_gap_median_days(customer: Customer) -> Column:
    """Median of the days between successive days with an order."""
    return customer.events(ORDER_PLACED).gap("median")


@feature("days", "cadence", null=NO_GAP)
def order_gap_longest_days(customer: Customer) -> Column:
    """Most days between successive days with an order."""
    return customer.events(ORDER_PLACED).gap("longest")


@feature("days", "cadence", null=NO_SPREAD)
def order_gap_spread_days(customer: Customer) -> Column:
    """Standard deviation of the days between successive days with an order."""
    return customer.events(ORDER_PLACED).gap("spread")


@feature("days", "cadence", null=NO_GAP)
def order_gap_last_days(customer: Customer) -> Column:
    """Days between the last two days with an order."""
    return customer.events(ORDER_PLACED).gap("last")


@feature("ratio", "cadence", null=NO_GAP)
def order_gap_widening(customer: Customer) -> Column:
    """The last gap between days with an order over the customer's mean gap; over 1, orders come further apart."""
    return customer.events(ORDER_PLACED).gap("last") / customer.events(ORDER_PLACED).gap("mean")


@feature("ratio", "cadence", null=NO_GAP)
def order_gap_last_over_median_ratio(customer: Customer) -> Column:
    """The last gap between days with an order over the median one, which a single long pause does not move."""
    return customer.events(ORDER_PLACED).gap("last") / customer.events(ORDER_PLACED).gap("median")


@feature("ratio", "cadence", null=NO_GAP)
def order_gap_slowing_ratio(customer: Customer) -> Column:
    """The mean of the last three gaps between days with an order over that of all; 1 while there are no more gaps."""
    lately = customer.events(ORDER_PLACED).by_day().latest(4)
    return lately.gap("mean") / customer.events(ORDER_PLACED).gap("mean")


@feature("ratio", "cadence", null=NO_SPREAD)
def order_gap_spread_ratio(customer: Customer) -> Column:
    """Standard deviation of the days between successive days with an order over their mean; near 0, like clockwork."""
    return customer.events(ORDER_PLACED).gap("spread") / customer.events(ORDER_PLACED).gap("mean")


@feature("ratio", "recency", null=NO_GAP)
def overdue_ratio(customer: Customer) -> Column:
    """Days since the last order over the customer's own mean gap; over 1, the next order is overdue."""
    return customer.events(ORDER_PLACED).days_since_last() / customer.events(ORDER_PLACED).gap("mean")


@feature("days", "recency", null=NO_GAP)
def days_to_expected_order(customer: Customer) -> Column:
    """Days until the customer's own mean gap since the last order is over; negative when the next one is overdue."""
    return customer.events(ORDER_PLACED).gap("mean") - customer.events(ORDER_PLACED).days_since_last()


@feature("share", "recency", null=NO_GAP)
def longest_gap_used_share(customer: Customer) -> Column:
    """Days since the last order over the customer's longest gap; over 1, it has never been so long."""
    return customer.events(ORDER_PLACED).days_since_last() / customer.events(ORDER_PLACED).gap("longest")


@feature("share", "recency", null=NO_ORDER)
def tenure_share_at_last_order(customer: Customer) -> Column:
    """Share of the time since the first order that had passed at the last one; 0 with a single order."""
    tenure = customer.events(ORDER_PLACED).days_since_first()
    return (tenure - customer.events(ORDER_PLACED).days_since_last()) / tenure


@feature("orders", "cadence", null=NO_ORDER)
def expected_orders_90d(customer: Customer) -> Column:
    """Days with an order to expect in 90 days, at the customer's own rate since the first order.

    The rate counts the days with an order after the first one, and two more in 360 more days, which steady the rate of
    those who came lately.
    """
    rate = (customer.events(ORDER_PLACED).days() + 1) / (customer.events(ORDER_PLACED).days_since_first() + 360)
    return rate * 90


FEATURES = (
    order_gap_mean_days,
    order_gap_median_days,
    order_gap_longest_days,
    order_gap_spread_days,
    order_gap_last_days,
    order_gap_widening,
    order_gap_last_over_median_ratio,
    order_gap_slowing_ratio,
    order_gap_spread_ratio,
    overdue_ratio,
    days_to_expected_order,
    longest_gap_used_share,
    tenure_share_at_last_order,
    expected_orders_90d,
)
