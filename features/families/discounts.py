"""What is taken off a customer's orders, and whether it takes an offer to make the customer order.

Orders are judged by the discount on the order itself, which nearly every source gives whole, codes on the basket
included. The discount on a line is its own matter: some sources give none there, others only the line's own reduction
or a share of the order's. So nothing is added up over both. No discount told is none given.
"""

import math

from features.column import Column
from features.customer import Customer, Events
from features.families.orders import NO_ORDER
from features.feature import feature
from pipeline.events.event_types import ITEM_PURCHASED, ORDER_PLACED
from pipeline.windows.filters import Between, Not
from pipeline.windows.requests import Window

NO_ORDER_IN_WINDOW = "without an order in the window"
NO_ITEM_IN_WINDOW = "without an item bought in the window"
DISCOUNTED = Between("discount", 0.0001)  # the least that the log can tell from nothing


@feature("orders", "discount", windows=(365,))
def discounted_orders(customer: Customer, window: Window) -> Column:
    """Orders of the window from which something was taken off."""
    return _discounted(customer).count(window)


@feature("share", "discount", windows=(90, 365, None), null=NO_ORDER_IN_WINDOW)
def discounted_order_share(customer: Customer, window: Window) -> Column:
    """Share of the orders of the window from which something was taken off."""
    return _discounted(customer).count(window) / customer.events(ORDER_PLACED).count(window)


@feature("money", "discount", windows=(365,))
def discount_value(customer: Customer, window: Window) -> Column:
    """Money taken off the orders of the window."""
    return customer.events(ORDER_PLACED).total("discount", window)


@feature("share", "discount", windows=(365, None), null="without an order in the window that costs something")
def discount_depth_share(customer: Customer, window: Window) -> Column:
    """Money taken off the orders of the window over what they would have cost: their value and what was taken off."""
    return _depth(customer.events(ORDER_PLACED), window)


@feature("share", "discount", windows=(None,), null="before the first discounted order")
def offer_depth_share(customer: Customer, window: Window) -> Column:
    """Money taken off the discounted orders of the window over what these would have cost: how good its offers were."""
    return _depth(_discounted(customer), window)


@feature("share", "discount", windows=(365,), null="without an order of known value above zero in the window")
def full_price_revenue_share(customer: Customer, window: Window) -> Column:
    """Share of the value of the orders of the window that was in those from which nothing was taken off."""
    return _full_price(customer).total("amount", window) / customer.events(ORDER_PLACED).total("amount", window)


@feature("flag", "discount", null=NO_ORDER)
def only_on_discount(customer: Customer) -> Column:
    """1 when something was taken off every order that the customer ever placed, 0 otherwise."""
    return _discounted(customer).count() / customer.events(ORDER_PLACED).count() >= 1


@feature("flag", "discount", null=NO_ORDER)
def first_order_discounted(customer: Customer) -> Column:
    """1 when something was taken off the first order, 0 otherwise."""
    first = _discounted(customer).days_since_first().known(0)
    return first >= customer.events(ORDER_PLACED).days_since_first()


@feature("flag", "discount", null=NO_ORDER)
def last_order_discounted(customer: Customer) -> Column:
    """1 when something was taken off the last order, 0 otherwise."""
    last = _discounted(customer).days_since_last().known(math.inf)
    return customer.events(ORDER_PLACED).days_since_last() >= last


@feature("days", "discount", null="before the first order at full price")
def days_since_last_full_price_order(customer: Customer) -> Column:
    """Days since the last order from which nothing was taken off."""
    return _full_price(customer).days_since_last()


@feature("days", "discount", null="before the first discounted order")
def days_since_last_discounted_order(customer: Customer) -> Column:
    """Days since the last order from which something was taken off."""
    return _discounted(customer).days_since_last()


@feature("share", "discount", windows=(365, None), null=NO_ITEM_IN_WINDOW)
def discounted_item_share(customer: Customer, window: Window) -> Column:
    """Share of the lines bought in the window from which something was taken off on the line itself."""
    items = customer.events(ITEM_PURCHASED)
    return items.where(DISCOUNTED).count(window) / items.count(window)


@feature("share", "discount", windows=(None,), null="without a line in the window that costs something")
def item_discount_depth_share(customer: Customer, window: Window) -> Column:
    """Money taken off the lines bought in the window over what they would have cost, as their own discounts say."""
    return _depth(customer.events(ITEM_PURCHASED), window)


def _discounted(customer: Customer) -> Events:
    return customer.events(ORDER_PLACED).where(DISCOUNTED)


def _full_price(customer: Customer) -> Events:
    return customer.events(ORDER_PLACED).where(Not(DISCOUNTED))


def _depth(events: Events, window: Window) -> Column:
    off = events.total("discount", window)
    return off / (events.total("amount", window) + off)


FEATURES = (
    discounted_orders,
    discounted_order_share,
    discount_value,
    discount_depth_share,
    offer_depth_share,
    full_price_revenue_share,
    only_on_discount,
    first_order_discounted,
    last_order_discounted,
    days_since_last_full_price_order,
    days_since_last_discounted_order,
    discounted_item_share,
    item_discount_depth_share,
)
