"""What a customer gives back, on the day on which it is given back."""

from features.customer import Column, Customer
from features.feature import feature
from pipeline.events.tables import ORDER_PLACED, ORDER_REFUNDED
from pipeline.windows.requests import Window


@feature("refunds", "returns", windows=(90, 365))
def refunds(customer: Customer, window: Window) -> Column:
    """Refunds in the window: orders, or lines of orders, given back."""
    return customer.count(ORDER_REFUNDED, window)


@feature("money", "returns", windows=(365,))
def refunded_value(customer: Customer, window: Window) -> Column:
    """Value given back in the window."""
    return customer.total(ORDER_REFUNDED, "amount", window)


@feature("share", "returns", windows=(365,), null="without an order in the window")
def refund_share(customer: Customer, window: Window) -> Column:
    """Value given back over value ordered in the window; over 1 when older orders are given back."""
    return customer.total(ORDER_REFUNDED, "amount", window) / customer.total(ORDER_PLACED, "amount", window)


@feature("days", "returns", null="before the first refund")
def days_since_last_refund(customer: Customer) -> Column:
    """Days since the last refund."""
    return customer.days_since_last(ORDER_REFUNDED)


FEATURES = (refunds, refunded_value, refund_share, days_since_last_refund)
