"""Where a customer meets the shop: web, app, store, mail; and whether one leads to another.

A visit has the channel of the event that begins it.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.fields import where_known
from features.families.kinds import ON_SITE
from features.feature import feature
from features.vocabulary import OTHER
from pipeline.events.event_types import (
    AD_CLICKED,
    EMAIL_CLICKED,
    EMAIL_OPENED,
    ORDER_PLACED,
    PUSH_OPENED,
    SMS_CLICKED,
    SUPPORT_CONTACTED,
)
from pipeline.windows.filters import OneOf
from pipeline.windows.requests import LIFETIME, Window

NO_ORDER = "before the first order whose channel is known"
ACTS = (*ON_SITE, ORDER_PLACED, EMAIL_OPENED, EMAIL_CLICKED, SMS_CLICKED, PUSH_OPENED, AD_CLICKED, SUPPORT_CONTACTED)


@feature("share", "channel", windows=(None,), values="channel", null=NO_ORDER)
def order_channel_share(customer: Customer, channel: str, window: Window) -> Column:
    """Share of the orders of the window, of those whose channel is known, in the value."""
    return _share(customer.events(ORDER_PLACED), channel, customer, window)


@feature(
    "share",
    "channel",
    windows=(365,),
    values="channel",
    null="without a visit in the window whose channel is known",
)
def visit_channel_share(customer: Customer, channel: str, window: Window) -> Column:
    """Share of the visits begun in the window, of those whose channel is known, in the value."""
    return _share(customer.events(*ON_SITE).visits(), channel, customer, window)


@where_known("channel")
@feature("channels", "channel", windows=(90, 365))
def channels_used(customer: Customer, window: Window) -> Column:
    """Different channels in which the customer did something in the window.

    That is anything on the shop's pages, an order, an e-mail or push notification opened, an e-mail, text message or
    advertisement followed, a request for support; not what merely arrived.
    """
    return customer.events(*ACTS).distinct("channel", window)


@where_known("channel")
@feature("ratio", "channel", windows=(365,), null="without a day in the window whose channels are known")
def channels_per_day(customer: Customer, window: Window) -> Column:
    """Channels in which the customer did something on a day, on average over the days of the window with any known.

    What is done is as in `channels_used`; channels that the vocabulary does not know are one.
    """
    acts = customer.events(*ACTS)
    first, *others = (
        acts.told_apart("channel", channel, customer.vocabulary).days(window) for channel in _channels(customer)
    )
    return sum(others, first) / acts.with_known("channel").days(window)


@where_known("channel")
@feature("visits", "channel", windows=(365,))
def visits_before_order_elsewhere(customer: Customer, window: Window) -> Column:
    """Visits begun in the window after which an order came within 7 days in another channel.

    Channels that the vocabulary does not know are one.
    """
    first, *others = (_led_elsewhere(customer, channel).count(window) for channel in _channels(customer))
    return sum(others, first)


@feature("flag", "channel", values="channel", null=NO_ORDER)
def first_order_channel(customer: Customer, channel: str) -> Column:
    """1 when the first order whose channel is known was placed in the value, else 0."""
    return _share(customer.events(ORDER_PLACED).with_known("channel").earliest(1), channel, customer)


@feature("flag", "channel", values="channel", null=NO_ORDER)
def last_order_channel(customer: Customer, channel: str) -> Column:
    """1 when the last order whose channel is known was placed in the value, else 0."""
    return _share(customer.events(ORDER_PLACED).with_known("channel").latest(1), channel, customer)


def _share(events: Events, channel: str, customer: Customer, window: Window = LIFETIME) -> Column:
    known = events.with_known("channel").count(window)
    return events.told_apart("channel", channel, customer.vocabulary).count(window) / known


def _led_elsewhere(customer: Customer, channel: str) -> Events:
    """Return the visits in a channel after which an order came in one that is not it."""
    others = (
        OneOf("channel", customer.vocabulary.of("channel"))
        if channel == OTHER
        else OneOf("channel", (channel,), other=True)
    )
    visits = customer.events(*ON_SITE).visits().told_apart("channel", channel, customer.vocabulary)
    return visits.followed_by(customer.events(ORDER_PLACED).where(others), within_days=7)


def _channels(customer: Customer) -> tuple[str, ...]:
    return (*customer.vocabulary.of("channel"), OTHER)


FEATURES = (
    order_channel_share,
    visit_channel_share,
    channels_used,
    channels_per_day,
    visits_before_order_elsewhere,
    first_order_channel,
    last_order_channel,
)
