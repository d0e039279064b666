"""What a customer does with the shop's marketing e-mails: opens, clicks and turning away.

Some mailboxes open every mail by themselves; clicks, and campaigns opened instead of openings, say more than openings.
"""

from features.column import Column
from features.customer import Customer
from features.feature import feature
from pipeline.events.event_types import (
    EMAIL_BOUNCED,
    EMAIL_CLICKED,
    EMAIL_COMPLAINED,
    EMAIL_DELIVERED,
    EMAIL_FORWARDED,
    EMAIL_OPENED,
    EMAIL_UNSUBSCRIBED,
    ORDER_PLACED,
)
from pipeline.windows.requests import Window

NO_EMAIL = "before the first e-mail"
NO_EMAIL_IN_WINDOW = "without an e-mail delivered in the window"
NO_CAMPAIGN = "before the first e-mail that names its campaign"
LAST_QUARTER, QUARTER_BEFORE = Window(90), Window(180, until=90)


@feature("emails", "email", windows=(30, 90, 180, 365))
def emails_delivered(customer: Customer, window: Window) -> Column:
    """E-mails delivered in the window."""
    return customer.events(EMAIL_DELIVERED).count(window)


@feature("opens", "email", windows=(7, 30, 90, 180, 365))
def email_opens(customer: Customer, window: Window) -> Column:
    """Openings of e-mails in the window, each time that one was opened."""
    return customer.events(EMAIL_OPENED).count(window)


@feature("clicks", "email", windows=(7, 30, 90, 180, 365))
def email_clicks(customer: Customer, window: Window) -> Column:
    """Clicks in e-mails in the window."""
    return customer.events(EMAIL_CLICKED).count(window)


@feature("ratio", "email", windows=(30, 90, 365), null=NO_EMAIL_IN_WINDOW)
def email_open_rate(customer: Customer, window: Window) -> Column:
    """Openings over e-mails delivered in the window; over 1 when e-mails were opened again."""
    return customer.events(EMAIL_OPENED).count(window) / customer.events(EMAIL_DELIVERED).count(window)


@feature("ratio", "email", windows=(30, 90, 365), null=NO_EMAIL_IN_WINDOW)
def email_click_rate(customer: Customer, window: Window) -> Column:
    """Clicks over e-mails delivered in the window."""
    return customer.events(EMAIL_CLICKED).count(window) / customer.events(EMAIL_DELIVERED).count(window)


@feature("ratio", "email", windows=(30, 90, 365), null="without an opening in the window")
def email_click_to_open_rate(customer: Customer, window: Window) -> Column:
    """Clicks over openings in the window."""
    return customer.events(EMAIL_CLICKED).count(window) / customer.events(EMAIL_OPENED).count(window)


@feature("campaigns", "email", windows=(90,))
def email_campaigns_opened(customer: Customer, window: Window) -> Column:
    """Different campaigns of which an e-mail was opened in the window."""
    return customer.events(EMAIL_OPENED).distinct("campaign_id", window)


@feature("opens", "email")
def email_opens_decayed_60d(customer: Customer) -> Column:
    """Openings of e-mails, each weighing half as much for every 60 days of its age."""
    return customer.events(EMAIL_OPENED).decayed_count(60)


@feature("share", "email", null=NO_CAMPAIGN)
def last_five_emails_opened_share(customer: Customer) -> Column:
    """Share of the last five e-mails delivered that name a campaign of which one was opened then or later."""
    last = customer.events(EMAIL_DELIVERED).with_known("campaign_id").latest(5)
    return last.followed_by(customer.events(EMAIL_OPENED), on="campaign_id").count() / last.count()


@feature("share", "email", null=NO_CAMPAIGN)
def last_five_emails_clicked_share(customer: Customer) -> Column:
    """Share of the last five e-mails delivered that name a campaign of which one was clicked in then or later."""
    last = customer.events(EMAIL_DELIVERED).with_known("campaign_id").latest(5)
    return last.followed_by(customer.events(EMAIL_CLICKED), on="campaign_id").count() / last.count()


@feature("emails", "email")
def emails_since_last_open(customer: Customer) -> Column:
    """E-mails delivered after the last opening of any e-mail; all of them when none was ever opened."""
    return customer.events(EMAIL_DELIVERED).not_followed_by(customer.events(EMAIL_OPENED)).count()


@feature("days", "email", null=NO_EMAIL)
def days_since_last_email(customer: Customer) -> Column:
    """Days since the last e-mail was delivered."""
    return customer.events(EMAIL_DELIVERED).days_since_last()


@feature("days", "email", null="before the first opening")
def days_since_last_email_open(customer: Customer) -> Column:
    """Days since an e-mail was last opened."""
    return customer.events(EMAIL_OPENED).days_since_last()


@feature("days", "email", null="before the first click")
def days_since_last_email_click(customer: Customer) -> Column:
    """Days since the last click in an e-mail."""
    return customer.events(EMAIL_CLICKED).days_since_last()


@feature("ratio", "email", null="unless e-mails were delivered in both and opened in the 90 days before the last 90")
def email_open_rate_trend_90d(customer: Customer) -> Column:
    """Openings over e-mails delivered in the last 90 days, over the same ratio of the 90 days before."""
    opened, delivered = customer.events(EMAIL_OPENED), customer.events(EMAIL_DELIVERED)
    before = opened.count(QUARTER_BEFORE) / delivered.count(QUARTER_BEFORE)
    return opened.count(LAST_QUARTER) / delivered.count(LAST_QUARTER) / before


@feature("ratio", "email", null="without an e-mail delivered in the 30 days before the last 30")
def emails_delivered_trend_30d(customer: Customer) -> Column:
    """E-mails delivered in the last 30 days over those of the 30 days before; over 1, the pressure rises."""
    delivered = customer.events(EMAIL_DELIVERED)
    return delivered.count(Window(30)) / delivered.count(Window(60, until=30))


@feature("clicks", "email", windows=(365,))
def email_clicks_before_order(customer: Customer, window: Window) -> Column:
    """Clicks in e-mails in the window after which an order came within 3 days."""
    orders = customer.events(ORDER_PLACED)
    return customer.events(EMAIL_CLICKED).followed_by(orders, within_days=3).count(window)


@feature("share", "email", windows=(365,), null="without a click in the window more than 3 days old")
def email_clicks_before_order_share(customer: Customer, window: Window) -> Column:
    """Share of the clicks in e-mails in the window after which an order came within 3 days.

    Clicks of the last 3 days are left out: the order may still come.
    """
    settled = customer.events(EMAIL_CLICKED).older_than(3)
    return settled.followed_by(customer.events(ORDER_PLACED), within_days=3).count(window) / settled.count(window)


@feature("bounces", "email", windows=(365, None))
def email_bounces(customer: Customer, window: Window) -> Column:
    """E-mails in the window that could not be delivered."""
    return customer.events(EMAIL_BOUNCED).count(window)


@feature("complaints", "email", windows=(None,))
def email_complaints(customer: Customer, window: Window) -> Column:
    """E-mails reported as spam in the window."""
    return customer.events(EMAIL_COMPLAINED).count(window)


@feature("times", "email", windows=(None,))
def email_unsubscribes(customer: Customer, window: Window) -> Column:
    """Times that marketing e-mails were unsubscribed from in the window."""
    return customer.events(EMAIL_UNSUBSCRIBED).count(window)


@feature("days", "email", null="for those who never unsubscribed")
def days_since_last_email_unsubscribe(customer: Customer) -> Column:
    """Days since marketing e-mails were last unsubscribed from."""
    return customer.events(EMAIL_UNSUBSCRIBED).days_since_last()


@feature("emails", "email", windows=(365,))
def emails_forwarded(customer: Customer, window: Window) -> Column:
    """E-mails passed on in the window."""
    return customer.events(EMAIL_FORWARDED).count(window)


FEATURES = (
    emails_delivered,
    email_opens,
    email_clicks,
    email_open_rate,
    email_click_rate,
    email_click_to_open_rate,
    email_campaigns_opened,
    email_opens_decayed_60d,
    last_five_emails_opened_share,
    last_five_emails_clicked_share,
    emails_since_last_open,
    days_since_last_email,
    days_since_last_email_open,
    days_since_last_email_click,
    email_open_rate_trend_90d,
    emails_delivered_trend_30d,
    email_clicks_before_order,
    email_clicks_before_order_share,
    email_bounces,
    email_complaints,
    email_unsubscribes,
    days_since_last_email_unsubscribe,
    emails_forwarded,
)
