"""What a customer does with text messages and push notifications, each apart: few shops send both."""

from features.column import Column
from features.customer import Customer
from features.feature import feature
from pipeline.events.event_types import PUSH_DELIVERED, PUSH_OPENED, SMS_CLICKED, SMS_DELIVERED
from pipeline.windows.requests import Window


@feature("messages", "message", windows=(30, 90, 365))
def sms_delivered(customer: Customer, window: Window) -> Column:
    """Text messages delivered in the window."""
    return customer.events(SMS_DELIVERED).count(window)


@feature("clicks", "message", windows=(30, 90, 365))
def sms_clicks(customer: Customer, window: Window) -> Column:
    """Clicks in text messages in the window."""
    return customer.events(SMS_CLICKED).count(window)


@feature("ratio", "message", windows=(365,), null="without a text message delivered in the window")
def sms_click_rate(customer: Customer, window: Window) -> Column:
    """Clicks over text messages delivered in the window; over 1 when one was clicked in again."""
    return customer.events(SMS_CLICKED).count(window) / customer.events(SMS_DELIVERED).count(window)


@feature("messages", "message")
def sms_since_last_click(customer: Customer) -> Column:
    """Text messages delivered after the last click in one; all of them without any click."""
    return customer.events(SMS_DELIVERED).not_followed_by(customer.events(SMS_CLICKED)).count()


@feature("days", "message", null="before the first text message")
def days_since_last_sms(customer: Customer) -> Column:
    """Days since the last text message was delivered."""
    return customer.events(SMS_DELIVERED).days_since_last()


@feature("days", "message", null="before the first click in a text message")
def days_since_last_sms_click(customer: Customer) -> Column:
    """Days since the last click in a text message."""
    return customer.events(SMS_CLICKED).days_since_last()


@feature("messages", "message", windows=(30, 90, 365))
def push_delivered(customer: Customer, window: Window) -> Column:
    """Push notifications delivered in the window."""
    return customer.events(PUSH_DELIVERED).count(window)


@feature("opens", "message", windows=(30, 90, 365))
def push_opens(customer: Customer, window: Window) -> Column:
    """Openings of push notifications in the window."""
    return customer.events(PUSH_OPENED).count(window)


@feature("ratio", "message", windows=(365,), null="without a push notification delivered in the window")
def push_open_rate(customer: Customer, window: Window) -> Column:
    """Openings over push notifications delivered in the window; over 1 when one was opened again."""
    return customer.events(PUSH_OPENED).count(window) / customer.events(PUSH_DELIVERED).count(window)


@feature("messages", "message")
def push_since_last_open(customer: Customer) -> Column:
    """Push notifications delivered after the last opening of one; all of them when none was ever opened."""
    return customer.events(PUSH_DELIVERED).not_followed_by(customer.events(PUSH_OPENED)).count()


@feature("days", "message", null="before the first push notification")
def days_since_last_push(customer: Customer) -> Column:
    """Days since the last push notification was delivered."""
    return customer.events(PUSH_DELIVERED).days_since_last()


@feature("days", "message", null="before the first opening of a push notification")
def days_since_last_push_open(customer: Customer) -> Column:
    """Days since a push notification was last opened."""
    return customer.events(PUSH_OPENED).days_since_last()


FEATURES = (
    sms_delivered,
    sms_clicks,
    sms_click_rate,
    sms_since_last_click,
    days_since_last_sms,
    days_since_last_sms_click,
    push_delivered,
    push_opens,
    push_open_rate,
    push_since_last_open,
    days_since_last_push,
    days_since_last_push_open,
)
