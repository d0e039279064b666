"""When in the year and in the week a customer orders, in the shop's time zone."""

from features.column import Column
from features.customer import Customer, Events
from features.families.kinds import ON_SITE
from features.families.orders import NO_ORDER
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED
from pipeline.windows.filters import GIFT_SEASON, WEEKEND
from pipeline.windows.requests import Window

NO_BIRTHDAY = "when the customer has not said"
SOON_DAYS = 30


@feature("orders", "season")
def orders_same_30d_last_year(customer: Customer) -> Column:
    """Orders in the 30 days that began a year before the cut-off; 0 too where the log does not reach back so far."""
    return customer.events(ORDER_PLACED).count(Window(365, until=335))


@feature("orders", "season")
def orders_same_season_last_year(customer: Customer) -> Column:
    """Orders in the 90 days that began a year before the cut-off; 0 too where the log does not reach back so far."""
    return customer.events(ORDER_PLACED).count(Window(365, until=275))


@feature("orders", "season")
def orders_same_30d_three_years(customer: Customer) -> Column:
    """Orders in the 30 days that began one, two and three years of 365 days before the cut-off, together."""
    return _in_three_years(customer.events(ORDER_PLACED), 30)


@feature("share", "season", null=NO_ORDER)
def same_season_order_share(customer: Customer) -> Column:
    """Share of all orders in the 90 days that began one, two and three years of 365 days before the cut-off."""
    return _in_three_years(customer.events(ORDER_PLACED), 90) / customer.events(ORDER_PLACED).count()


@feature("money", "season")
def revenue_same_30d_last_year(customer: Customer) -> Column:
    """Value of the orders in the 30 days that began a year before the cut-off."""
    return customer.events(ORDER_PLACED).total("amount", Window(365, until=335))


@feature("money", "season")
def revenue_same_season_last_year(customer: Customer) -> Column:
    """Value of the orders in the 90 days that began a year before the cut-off."""
    return customer.events(ORDER_PLACED).total("amount", Window(365, until=275))


@feature("visits", "season")
def visits_same_30d_last_year(customer: Customer) -> Column:
    """Visits to shop or app begun in the 30 days that began a year before the cut-off."""
    return customer.events(*ON_SITE).visits().count(Window(365, until=335))


@feature("visits", "season")
def visits_same_season_last_year(customer: Customer) -> Column:
    """Visits to shop or app begun in the 90 days that began a year before the cut-off."""
    return customer.events(*ON_SITE).visits().count(Window(365, until=275))


@feature("share", "season", null=NO_ORDER)
def gift_season_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed in October, November or December."""
    return customer.events(ORDER_PLACED).where(GIFT_SEASON).count() / customer.events(ORDER_PLACED).count()


@feature("share", "season", null="without an order of known value above zero")
def gift_season_revenue_share(customer: Customer) -> Column:
    """Share of the value of all orders that was ordered in October, November or December."""
    gifts = customer.events(ORDER_PLACED).where(GIFT_SEASON)
    return gifts.total("amount") / customer.events(ORDER_PLACED).total("amount")


@feature("days", "season", null="before the first order in October, November or December")
def days_since_last_gift_season_order(customer: Customer) -> Column:
    """Days since the last order that was placed in October, November or December."""
    return customer.events(ORDER_PLACED).where(GIFT_SEASON).days_since_last()


@feature("share", "season", null=NO_ORDER)
def weekend_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed on a Saturday or Sunday."""
    return customer.events(ORDER_PLACED).where(WEEKEND).count() / customer.events(ORDER_PLACED).count()


@feature("days", "season", null=NO_BIRTHDAY)
def days_to_birthday(customer: Customer) -> Column:
    """Days until the month of birth begins, 0 while it lasts; of a birthday no more than its month is kept."""
    return customer.days_to_birthday()


@feature("flag", "season", null=NO_BIRTHDAY)
def birthday_within_30d(customer: Customer) -> Column:
    """1 in the month of birth and when it begins in less than 30 days, 0 otherwise."""
    return customer.days_to_birthday() < SOON_DAYS


def _in_three_years(events: Events, days: int) -> Column:
    first, second, third = (events.count(Window(365 * year, until=365 * year - days)) for year in (1, 2, 3))
    return first + second + third


FEATURES = (
    orders_same_30d_last_year,
    orders_same_season_last_year,
    orders_same_30d_three_years,
    same_season_order_share,
    revenue_same_30d_last_year,
    revenue_same_season_last_year,
    visits_same_30d_last_year,
    visits_same_season_last_year,
    gift_season_order_share,
    gift_season_revenue_share,
    days_since_last_gift_season_order,
    weekend_order_share,
    days_to_birthday,
    birthday_within_30d,
)
