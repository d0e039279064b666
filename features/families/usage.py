"""How steadily a customer uses the shop, its app or a product: active days, logins, features, downloads, videos.

A day is *active* when the customer does something in the shop or its app.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import CONTENT_DOWNLOADED, FEATURE_USED, LOGGED_IN, VIDEO_WATCHED
from pipeline.windows.requests import Window

NO_GAP = "before the second active day"


@feature("days", "usage", windows=(7, 14, 30, 60, 90, 180, 365))
def active_days(customer: Customer, window: Window) -> Column:
    """Active days, on which the customer did something in the shop or its app, in the window."""
    return _actions(customer).days(window)


@feature("actions", "usage", windows=(30, 90, 365))
def actions(customer: Customer, window: Window) -> Column:
    """Things done in the shop or its app in the window."""
    return _actions(customer).count(window)


@feature("ratio", "usage", null="without an active day in the 30 days before the last 30")
def active_days_trend_30d(customer: Customer) -> Column:
    """Active days of the last 30 days over those of the 30 days before."""
    return _actions(customer).days(Window(30)) / _actions(customer).days(Window(60, until=30))


@feature("days", "usage")
def current_active_streak_days(customer: Customer) -> Column:
    """Active days in a row up to the last day or the one before it; 0 when neither was active."""
    return _actions(customer).current_streak()


@feature("days", "usage")
def longest_active_streak_days(customer: Customer) -> Column:
    """Most active days in a row in the whole history."""
    return _actions(customer).longest_streak()


@feature("days", "usage", null=NO_GAP)
def active_gap_mean_days(customer: Customer) -> Column:
    """Mean days between successive active days."""
    return _actions(customer).gap("mean")


@feature("days", "usage", null="before the third active day")
def active_gap_spread_days(customer: Customer) -> Column:
    """Standard deviation of the days between successive active days."""
    return _actions(customer).gap("spread")


@feature("ratio", "usage", null=NO_GAP)
def inactivity_ratio(customer: Customer) -> Column:
    """Days since the customer last did something over the mean gap between active days; over 1, longer than usual."""
    return _actions(customer).days_since_last() / _actions(customer).gap("mean")


@feature("logins", "usage", windows=(7, 30, 90, 365))
def logins(customer: Customer, window: Window) -> Column:
    """Logins in the window."""
    return customer.events(LOGGED_IN).count(window)


@feature("days", "usage", null="before the first login")
def days_since_last_login(customer: Customer) -> Column:
    """Days since the last login."""
    return customer.events(LOGGED_IN).days_since_last()


@feature("uses", "usage", windows=(7, 30, 90))
def feature_uses(customer: Customer, window: Window) -> Column:
    """Times that a feature of the product was used in the window."""
    return customer.events(FEATURE_USED).count(window)


@feature("features", "usage", windows=(90,))
def features_used(customer: Customer, window: Window) -> Column:
    """Different features of the product used in the window, by the text under "feature" in the event's properties."""
    return customer.events(FEATURE_USED).distinct("feature", window)


@feature("days", "usage", null="before the first feature used")
def days_since_last_feature_use(customer: Customer) -> Column:
    """Days since a feature of the product was last used."""
    return customer.events(FEATURE_USED).days_since_last()


@feature("downloads", "usage", windows=(365,))
def content_downloads(customer: Customer, window: Window) -> Column:
    """Documents fetched in the window."""
    return customer.events(CONTENT_DOWNLOADED).count(window)


@feature("videos", "usage", windows=(365,))
def videos_watched(customer: Customer, window: Window) -> Column:
    """Videos watched in the window."""
    return customer.events(VIDEO_WATCHED).count(window)


@feature("seconds", "usage", windows=(365,))
def video_seconds(customer: Customer, window: Window) -> Column:
    """Seconds for which videos were watched in the window, as far as their length is known."""
    return customer.events(VIDEO_WATCHED).total("duration_seconds", window)


def _actions(customer: Customer) -> Events:
    return customer.events(*ON_SITE)


FEATURES = (
    active_days,
    actions,
    active_days_trend_30d,
    current_active_streak_days,
    longest_active_streak_days,
    active_gap_mean_days,
    active_gap_spread_days,
    inactivity_ratio,
    logins,
    days_since_last_login,
    feature_uses,
    features_used,
    days_since_last_feature_use,
    content_downloads,
    videos_watched,
    video_seconds,
)
