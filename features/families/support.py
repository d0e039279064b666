"""How often a customer needs help, how long it takes, and whether orders go with it."""

from features.column import Column
from features.customer import Customer
from features.feature import feature
from pipeline.events.event_types import ORDER_PLACED, SUPPORT_CONTACTED
from pipeline.windows.requests import Window

NO_ORDER = "without an order in the window"
SOON_DAYS = 14


@feature("contacts", "support", windows=(30, 90, 365, None))
def support_contacts(customer: Customer, window: Window) -> Column:
    """Times that support was asked for help in the window."""
    return customer.events(SUPPORT_CONTACTED).count(window)


@feature("days", "support", null="before the first contact")
def days_since_last_support_contact(customer: Customer) -> Column:
    """Days since support was last asked for help."""
    return customer.events(SUPPORT_CONTACTED).days_since_last()


@feature("ratio", "support", null="without a contact in the 90 days before the last 90")
def support_trend_90d(customer: Customer) -> Column:
    """Contacts with support in the last 90 days over those of the 90 days before."""
    contacts = customer.events(SUPPORT_CONTACTED)
    return contacts.count(Window(90)) / contacts.count(Window(180, until=90))


@feature("ratio", "support", windows=(365, None), null=NO_ORDER)
def support_contacts_per_order(customer: Customer, window: Window) -> Column:
    """Contacts with support over orders, both in the window."""
    return customer.events(SUPPORT_CONTACTED).count(window) / customer.events(ORDER_PLACED).count(window)


@feature("share", "support", windows=(365, None), null=NO_ORDER)
def helped_order_share(customer: Customer, window: Window) -> Column:
    """Share of the orders in the window after which support was asked for help within 14 days."""
    orders = customer.events(ORDER_PLACED)
    helped = orders.followed_by(customer.events(SUPPORT_CONTACTED), within_days=SOON_DAYS)
    return helped.count(window) / orders.count(window)


@feature("contacts", "support")
def support_contacts_since_last_order(customer: Customer) -> Column:
    """Contacts with support after the last order; all of them before the first order."""
    return customer.events(SUPPORT_CONTACTED).not_followed_by(customer.events(ORDER_PLACED)).count()


@feature("seconds", "support", windows=(365,))
def support_seconds(customer: Customer, window: Window) -> Column:
    """Seconds that contacts with support took in the window, as far as their length is known."""
    return customer.events(SUPPORT_CONTACTED).total("duration_seconds", window)


@feature("seconds", "support", windows=(365,), null="without a contact of known length in the window")
def mean_support_seconds(customer: Customer, window: Window) -> Column:
    """Seconds that a contact with support took, on average, in the window, of those whose length is known."""
    timed = customer.events(SUPPORT_CONTACTED).with_known("duration_seconds")
    return timed.total("duration_seconds", window) / timed.count(window)


FEATURES = (
    support_contacts,
    days_since_last_support_contact,
    support_trend_90d,
    support_contacts_per_order,
    helped_order_share,
    support_contacts_since_last_order,
    support_seconds,
    mean_support_seconds,
)
