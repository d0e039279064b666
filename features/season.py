"""When in the year and in the week a customer orders, in the shop's time zone."""

from features.customer import Column, Customer
from features.feature import feature
from pipeline.events.tables import ORDER_PLACED
from pipeline.windows.requests import During, Window

NO_ORDER = "before the first order"


@feature("orders", "season")
def orders_same_season_last_year(customer: Customer) -> Column:
    """Orders in the 90 days that began a year before the cut-off; 0 too where the log does not reach back so far."""
    return customer.count(ORDER_PLACED, Window(365, until=275))


@feature("share", "season", null=NO_ORDER)
def gift_season_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed in October, November or December."""
    return customer.count(ORDER_PLACED, during=During.GIFT_SEASON) / customer.count(ORDER_PLACED)


@feature("share", "season", null=NO_ORDER)
def weekend_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed on a Saturday or Sunday."""
    return customer.count(ORDER_PLACED, during=During.WEEKEND) / customer.count(ORDER_PLACED)


FEATURES = (orders_same_season_last_year, gift_season_order_share, weekend_order_share)
