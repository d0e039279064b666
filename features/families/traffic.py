"""What brings a customer: advertisements, and the sources of visits.

A visit has the source of the event that begins it; a visit falls in a window when it begins there.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.fields import where_known
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import AD_CLICKED, ORDER_PLACED
from pipeline.windows.requests import Window

NO_VISIT_IN_WINDOW = "without a visit in the window"
NO_SOURCE = "while no source is known"
BROUGHT = (*ON_SITE, AD_CLICKED, ORDER_PLACED)
MINUTE_DAYS = 1 / (24 * 60)


@feature("clicks", "traffic", windows=(7, 30, 90, 365))
def ad_clicks(customer: Customer, window: Window) -> Column:
    """Advertisements followed to the shop in the window."""
    return customer.events(AD_CLICKED).count(window)


@feature("days", "traffic", null="before the first advertisement followed")
def days_since_last_ad_click(customer: Customer) -> Column:
    """Days since an advertisement was last followed."""
    return customer.events(AD_CLICKED).days_since_last()


@feature(
    "share", "traffic", windows=(365,), null="without an advertisement followed in the window more than 7 days ago"
)
def ad_clicks_before_order_share(customer: Customer, window: Window) -> Column:
    """Share of the advertisements followed in the window after which an order came within 7 days.

    Those of the last 7 days are left out: the order may still come.
    """
    settled = customer.events(AD_CLICKED).older_than(7)
    return settled.followed_by(customer.events(ORDER_PLACED), within_days=7).count(window) / settled.count(window)


@feature("share", "traffic", windows=(365,), null="without a visit or an advertisement followed in the window")
def ad_visit_share(customer: Customer, window: Window) -> Column:
    """Share of the visits in the window that an advertisement brought: one was followed in the visit's first minute.

    Following an advertisement counts as a part of the visit here.
    """
    visits = customer.events(*ON_SITE, AD_CLICKED).visits()
    return visits.followed_by(customer.events(AD_CLICKED), within_days=MINUTE_DAYS).count(window) / visits.count(window)


@feature("share", "traffic", windows=(90, None), values="source", null=NO_VISIT_IN_WINDOW)
def visit_source_share(customer: Customer, source: str, window: Window) -> Column:
    """Share of the visits in the window that the value brought."""
    visits = customer.events(*ON_SITE).visits()
    return visits.told_apart("source", source, customer.vocabulary).count(window) / visits.count(window)


@where_known("source")
@feature("share", "traffic", windows=(365,), null=NO_VISIT_IN_WINDOW)
def unknown_source_share(customer: Customer, window: Window) -> Column:
    """Share of the visits in the window whose source is not known."""
    visits = customer.events(*ON_SITE).visits()
    return (visits.count(window) - visits.with_known("source").count(window)) / visits.count(window)


@where_known("source")
@feature("sources", "traffic", windows=(365,))
def sources_used(customer: Customer, window: Window) -> Column:
    """Different sources of the events on the pages, advertisements and orders of the window."""
    return customer.events(*BROUGHT).distinct("source", window)


@feature("flag", "traffic", values="source", null=NO_SOURCE)
def first_source(customer: Customer, source: str) -> Column:
    """1 when the first event on the pages, advertisement or order whose source is known came from the value, else 0."""
    return _is(customer.events(*BROUGHT).with_known("source").earliest(1), source, customer)


@feature("flag", "traffic", values="source", null=NO_SOURCE)
def last_source(customer: Customer, source: str) -> Column:
    """1 when the last event on the pages, advertisement or order whose source is known came from the value, else 0."""
    return _is(customer.events(*BROUGHT).with_known("source").latest(1), source, customer)


def _is(one: Events, source: str, customer: Customer) -> Column:
    return one.told_apart("source", source, customer.vocabulary).count() / one.count()


FEATURES = (
    ad_clicks,
    days_since_last_ad_click,
    ad_clicks_before_order_share,
    ad_visit_share,
    visit_source_share,
    unknown_source_share,
    sources_used,
    first_source,
    last_source,
)
