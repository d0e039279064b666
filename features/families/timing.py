"""At which hours and on which days a customer is there, on the shop's own clock, and how regularly.

A visit counts at the hour and weekday at which it begins. Weekdays are numbered, Monday 0 to Sunday 6.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import EMAIL_OPENED, ORDER_PLACED
from pipeline.windows.filters import WEEKEND, During, Filter

NO_ORDER, NO_VISIT = "before the first order", "before the first visit"
NIGHT, MORNING = During("hour", 0, 5), During("hour", 6, 11)
AFTERNOON, EVENING = During("hour", 12, 17), During("hour", 18, 23)


@feature("hour", "timing", null=NO_VISIT)
def usual_visit_hour(customer: Customer) -> Column:
    """Hour of the day, 0 to 23 by the shop's clock, at which most visits begin, the earliest of several."""
    return _visits(customer).usual("hour")


@feature("weekday", "timing", null=NO_VISIT)
def usual_visit_weekday(customer: Customer) -> Column:
    """Day of the week, Monday 0 to Sunday 6, on which most visits begin, the earliest of several."""
    return _visits(customer).usual("weekday")


@feature("hour", "timing", null=NO_ORDER)
def usual_order_hour(customer: Customer) -> Column:
    """Hour of the day, 0 to 23 by the shop's clock, at which most orders are placed, the earliest of several."""
    return customer.events(ORDER_PLACED).usual("hour")


@feature("weekday", "timing", null=NO_ORDER)
def usual_order_weekday(customer: Customer) -> Column:
    """Day of the week, Monday 0 to Sunday 6, on which most orders are placed, the earliest of several."""
    return customer.events(ORDER_PLACED).usual("weekday")


@feature("hour", "timing", null="before the first e-mail opened")
def usual_email_open_hour(customer: Customer) -> Column:
    """Hour of the day, 0 to 23 by the shop's clock, at which e-mails are opened most often, the earliest of several."""
    return customer.events(EMAIL_OPENED).usual("hour")


@feature("share", "timing", null=NO_VISIT)
def night_visit_share(customer: Customer) -> Column:
    """Share of all visits that began at night, from midnight until six by the shop's clock."""
    return _share(_visits(customer), NIGHT)


@feature("share", "timing", null=NO_VISIT)
def morning_visit_share(customer: Customer) -> Column:
    """Share of all visits that began in the morning, from six until noon by the shop's clock."""
    return _share(_visits(customer), MORNING)


@feature("share", "timing", null=NO_VISIT)
def afternoon_visit_share(customer: Customer) -> Column:
    """Share of all visits that began in the afternoon, from noon until six by the shop's clock."""
    return _share(_visits(customer), AFTERNOON)


@feature("share", "timing", null=NO_VISIT)
def evening_visit_share(customer: Customer) -> Column:
    """Share of all visits that began in the evening, from six until midnight by the shop's clock."""
    return _share(_visits(customer), EVENING)


@feature("share", "timing", null=NO_VISIT)
def weekend_visit_share(customer: Customer) -> Column:
    """Share of all visits that began on a Saturday or Sunday."""
    return _share(_visits(customer), WEEKEND)


@feature("share", "timing", null=NO_ORDER)
def night_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed at night, from midnight until six by the shop's clock."""
    return _share(customer.events(ORDER_PLACED), NIGHT)


@feature("share", "timing", null=NO_ORDER)
def morning_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed in the morning, from six until noon by the shop's clock."""
    return _share(customer.events(ORDER_PLACED), MORNING)


@feature("share", "timing", null=NO_ORDER)
def afternoon_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed in the afternoon, from noon until six by the shop's clock."""
    return _share(customer.events(ORDER_PLACED), AFTERNOON)


@feature("share", "timing", null=NO_ORDER)
def evening_order_share(customer: Customer) -> Column:
    """Share of all orders that were placed in the evening, from six until midnight by the shop's clock."""
    return _share(customer.events(ORDER_PLACED), EVENING)


@feature("index", "timing", null=NO_VISIT)
def visit_hour_concentration(customer: Customer) -> Column:
    """Sum of the squared shares that the 24 hours of the day have in all visits: 1 when all begin in the same hour."""
    return _visits(customer).concentration("hour")


@feature("index", "timing", null=NO_VISIT)
def visit_weekday_concentration(customer: Customer) -> Column:
    """Sum of the squared shares that the days of the week have in all visits: 1 when all begin on the same weekday."""
    return _visits(customer).concentration("weekday")


@feature("index", "timing", null=NO_ORDER)
def order_hour_concentration(customer: Customer) -> Column:
    """Sum of the squared shares that the 24 hours of the day have in all orders: 1 when all fall in the same hour."""
    return customer.events(ORDER_PLACED).concentration("hour")


@feature("index", "timing", null=NO_ORDER)
def order_weekday_concentration(customer: Customer) -> Column:
    """Sum of the squared shares that the days of the week have in all orders: 1 when all fall on the same weekday."""
    return customer.events(ORDER_PLACED).concentration("weekday")


def _visits(customer: Customer) -> Events:
    return customer.events(*ON_SITE).visits()


def _share(events: Events, part: Filter) -> Column:
    return events.where(part).count() / events.count()


FEATURES = (
    usual_visit_hour,
    usual_visit_weekday,
    usual_order_hour,
    usual_order_weekday,
    usual_email_open_hour,
    night_visit_share,
    morning_visit_share,
    afternoon_visit_share,
    evening_visit_share,
    weekend_visit_share,
    night_order_share,
    morning_order_share,
    afternoon_order_share,
    evening_order_share,
    visit_hour_concentration,
    visit_weekday_concentration,
    order_hour_concentration,
    order_weekday_concentration,
)
