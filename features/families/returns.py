"""What a customer gives back, on the day on which it is given back."""

from features.column import Column
from features.customer import Customer
from features.families.orders import NO_ORDER
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED, ORDER_REFUNDED
from pipeline.windows.requests import Window

NO_REFUND = "before the first refund"


@feature("refunds", "returns", windows=(90, 365, None))
def refunds(customer: Customer, window: Window) -> Column:
    """Refunds in the window: orders, or lines of orders, given back."""
    return customer.events(ORDER_REFUNDED).count(window)


@feature("money", "returns", windows=(365,))
def refunded_value(customer: Customer, window: Window) -> Column:
    """Value given back in the window."""
    return customer.events(ORDER_REFUNDED).total("amount", window)


@feature("share", "returns", windows=(365, None), null="without an order in the window")
def refund_share(customer: Customer, window: Window) -> Column:
    """Value given back over value ordered in the window; over 1 when older orders are given back."""
    return customer.events(ORDER_REFUNDED).total("amount", window) / customer.events(ORDER_PLACED).total(
        "amount", window
    )


@feature("ratio", "returns", windows=(None,), null=NO_ORDER)
def refunds_per_order(customer: Customer, window: Window) -> Column:
    """Refunds over orders in the window; over 1 when lines of an order are given back one by one."""
    return customer.events(ORDER_REFUNDED).count(window) / customer.events(ORDER_PLACED).count(window)


@feature("share", "returns", null=NO_ORDER)
def soon_refunded_order_share(customer: Customer) -> Column:
    """Share of all orders after which something was given back within 30 days, of whichever order it was."""
    refunded = customer.events(ORDER_PLACED).followed_by(customer.events(ORDER_REFUNDED), within_days=30)
    return refunded.count() / customer.events(ORDER_PLACED).count()


@feature("orders", "returns", null=NO_REFUND)
def orders_since_last_refund(customer: Customer) -> Column:
    """Orders placed after the last refund; 0 says that the customer has not come back since."""
    since = customer.events(ORDER_PLACED).not_followed_by(customer.events(ORDER_REFUNDED))
    return since.count().when(customer.events(ORDER_REFUNDED).count() >= 1)


@feature("days", "returns", null=NO_REFUND)
def days_since_last_refund(customer: Customer) -> Column:
    """Days since the last refund."""
    return customer.events(ORDER_REFUNDED).days_since_last()


FEATURES = (
    refunds,
    refunded_value,
    refund_share,
    refunds_per_order,
    soon_refunded_order_share,
    orders_since_last_refund,
    days_since_last_refund,
)
