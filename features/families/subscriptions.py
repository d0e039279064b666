"""Whether a customer is subscribed, since when, and how often that went on or ended."""

from features.column import Column
from features.customer import Customer, Events
from features.feature import feature
from pipeline.events.event_types import SUBSCRIPTION_CANCELLED, SUBSCRIPTION_RENEWED, SUBSCRIPTION_STARTED
from pipeline.windows.requests import Window

NO_START = "before the first start"
NOT_SUBSCRIBED = "when not subscribed now, or without a known start"


@feature("subscriptions", "subscription", windows=(365, None))
def subscriptions_started(customer: Customer, window: Window) -> Column:
    """Subscriptions begun in the window."""
    return customer.events(SUBSCRIPTION_STARTED).count(window)


@feature("renewals", "subscription", windows=(365, None))
def subscription_renewals(customer: Customer, window: Window) -> Column:
    """Renewals of a subscription in the window."""
    return customer.events(SUBSCRIPTION_RENEWED).count(window)


@feature("cancellations", "subscription", windows=(365, None))
def subscription_cancellations(customer: Customer, window: Window) -> Column:
    """Subscriptions ended in the window."""
    return customer.events(SUBSCRIPTION_CANCELLED).count(window)


@feature("flag", "subscription")
def is_subscribed(customer: Customer) -> Column:
    """1 when a subscription was begun or renewed and none was ended since, or at the same instant; 0 otherwise."""
    return _running(customer).count() >= 1


@feature("days", "subscription", null=NOT_SUBSCRIBED)
def subscription_age_days(customer: Customer) -> Column:
    """Days since the last start of a subscription, for a customer who is subscribed now."""
    started = customer.events(SUBSCRIPTION_STARTED).days_since_last()
    return started.when(_running(customer).count() >= 1)


@feature("days", "subscription", null=NO_START)
def days_since_first_subscription(customer: Customer) -> Column:
    """Days since a subscription was first begun."""
    return customer.events(SUBSCRIPTION_STARTED).days_since_first()


@feature("days", "subscription", null=NO_START)
def days_since_subscription_start(customer: Customer) -> Column:
    """Days since a subscription was last begun."""
    return customer.events(SUBSCRIPTION_STARTED).days_since_last()


@feature("days", "subscription", null="before the first renewal")
def days_since_subscription_renewal(customer: Customer) -> Column:
    """Days since a subscription was last renewed."""
    return customer.events(SUBSCRIPTION_RENEWED).days_since_last()


@feature("days", "subscription", null="before the first cancellation")
def days_since_subscription_cancellation(customer: Customer) -> Column:
    """Days since a subscription was last ended."""
    return customer.events(SUBSCRIPTION_CANCELLED).days_since_last()


@feature("renewals", "subscription", null=NO_START)
def subscription_renewals_since_start(customer: Customer) -> Column:
    """Renewals after the last start of a subscription."""
    starts = customer.events(SUBSCRIPTION_STARTED)
    renewals = customer.events(SUBSCRIPTION_RENEWED).not_followed_by(starts)
    return renewals.count().when(starts.count() >= 1)


@feature("ratio", "subscription", null=NO_START)
def subscription_cancellations_per_start(customer: Customer) -> Column:
    """Subscriptions ended over subscriptions begun, ever; 1 when all were ended."""
    return customer.events(SUBSCRIPTION_CANCELLED).count() / customer.events(SUBSCRIPTION_STARTED).count()


@feature("days", "subscription", null="before the second day with a start or a renewal")
def subscription_term_mean_days(customer: Customer) -> Column:
    """Mean days between successive days on which a subscription was begun or renewed."""
    return _kept_up(customer).gap("mean")


@feature("ratio", "subscription", null="before the second day with a start or a renewal")
def subscription_overdue_ratio(customer: Customer) -> Column:
    """Days since a subscription was last begun or renewed over the mean days between such days; over 1, it is late."""
    return _kept_up(customer).days_since_last() / _kept_up(customer).gap("mean")


@feature("money", "subscription", windows=(365,))
def subscription_value(customer: Customer, window: Window) -> Column:
    """Value of subscriptions begun and renewed in the window, as far as it is known."""
    return _kept_up(customer).total("amount", window)


def _kept_up(customer: Customer) -> Events:
    return customer.events(SUBSCRIPTION_STARTED, SUBSCRIPTION_RENEWED)


def _running(customer: Customer) -> Events:
    return _kept_up(customer).not_followed_by(customer.events(SUBSCRIPTION_CANCELLED))


FEATURES = (
    subscriptions_started,
    subscription_renewals,
    subscription_cancellations,
    is_subscribed,
    subscription_age_days,
    days_since_first_subscription,
    days_since_subscription_start,
    days_since_subscription_renewal,
    days_since_subscription_cancellation,
    subscription_renewals_since_start,
    subscription_cancellations_per_start,
    subscription_term_mean_days,
    subscription_overdue_ratio,
    subscription_value,
)
