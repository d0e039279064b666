"""What a customer puts into the cart, and what becomes of it.

A *cart* is a day with a product put into it. It is abandoned when no order comes within 24 hours of the last product of
that day; until those 24 hours are over, nothing is said about it. The same holds for a checkout.
"""

from features.column import Column
from features.customer import Customer, Events
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import CART_ADDED, CART_REMOVED, CHECKOUT_STARTED, ITEM_PURCHASED, ORDER_PLACED
from pipeline.windows.requests import Window

NO_SETTLED_CART = "without a cart more than 24 hours old in the window"
SETTLED_DAYS, RECOVERED_DAYS = 1, 7


@feature("additions", "carts", windows=(1, 7, 30, 90, 365))
def cart_additions(customer: Customer, window: Window) -> Column:
    """Times that a product was put into the cart in the window."""
    return customer.events(CART_ADDED).count(window)


@feature("removals", "carts", windows=(30, 365))
def cart_removals(customer: Customer, window: Window) -> Column:
    """Times that a product was taken out of the cart in the window."""
    return customer.events(CART_REMOVED).count(window)


@feature("carts", "carts", windows=(30, 365))
def carts(customer: Customer, window: Window) -> Column:
    """Carts in the window: days on which a product was put into the cart."""
    return customer.events(CART_ADDED).days(window)


@feature("carts", "carts", windows=(7, 30, 90, 365))
def abandoned_carts(customer: Customer, window: Window) -> Column:
    """Carts in the window that no order followed within 24 hours of the last product put in that day.

    A cart is a day on which a product was put in; it counts once that last product is more than 24 hours old.
    """
    return _abandoned(customer).count(window)


@feature("share", "carts", windows=(365,), null=NO_SETTLED_CART)
def cart_abandonment_share(customer: Customer, window: Window) -> Column:
    """Share of the carts in the window, those of the last 24 hours left out, that were abandoned.

    A cart is a day on which a product was put in; no order followed an abandoned one within 24 hours of the last such
    product.
    """
    return _abandoned(customer).count(window) / _settled(customer.events(CART_ADDED)).count(window)


@feature("share", "carts", windows=(365,), null="without an abandoned cart more than 7 days old in the window")
def recovered_cart_share(customer: Customer, window: Window) -> Column:
    """Share of the abandoned carts in the window, those of the last 7 days left out, that became an order after all.

    No order followed an abandoned cart within 24 hours of the last product put in that day, but one within 7 days did.
    """
    abandoned = _abandoned(customer).older_than(RECOVERED_DAYS)
    recovered = abandoned.followed_by(customer.events(ORDER_PLACED), within_days=RECOVERED_DAYS)
    return recovered.count(window) / abandoned.count(window)


@feature("products", "carts", windows=(7, 30))
def open_cart_products(customer: Customer, window: Window) -> Column:
    """Different products put into the cart in the window, neither taken out nor bought since, nor any order placed."""
    return _open(customer).distinct("product_id", window)


@feature("money", "carts", windows=(30,), null="while nothing of what is open has a known amount")
def open_cart_value(customer: Customer, window: Window) -> Column:
    """Amount of all that was put into the cart in the window and is open there, as far as it is known; 0 without any.

    Open is what was neither taken out nor bought since, and after which no order was placed. A product put in twice
    counts twice.
    """
    opened = _open(customer)
    # One of two holds for those whose value is known: an amount is there, or nothing is open.
    is_known = (opened.with_known("amount").count(window) >= 1) + (opened.count(window) < 1)
    return opened.total("amount", window).when(is_known)


@feature("ratio", "carts", windows=(90,), null="without a visit in the window")
def carts_per_visit(customer: Customer, window: Window) -> Column:
    """Carts in the window over visits begun in it."""
    return customer.events(CART_ADDED).days(window) / customer.events(*ON_SITE).visits().count(window)


@feature("ratio", "carts", null="without a cart in the 30 days before the last 30")
def carts_trend_30d(customer: Customer) -> Column:
    """Carts of the last 30 days over those of the 30 days before."""
    return customer.events(CART_ADDED).days(Window(30)) / customer.events(CART_ADDED).days(Window(60, until=30))


@feature("days", "carts", null="before the first product in the cart")
def days_since_last_cart_addition(customer: Customer) -> Column:
    """Days since a product was last put into the cart."""
    return customer.events(CART_ADDED).days_since_last()


@feature("days", "carts", null="before the first abandoned cart")
def days_since_last_abandoned_cart(customer: Customer) -> Column:
    """Days since the last product was put into the last abandoned cart."""
    return _abandoned(customer).days_since_last()


@feature("checkouts", "carts", windows=(30, 365))
def checkouts(customer: Customer, window: Window) -> Column:
    """Checkouts started in the window."""
    return customer.events(CHECKOUT_STARTED).count(window)


@feature("checkouts", "carts", windows=(365,))
def abandoned_checkouts(customer: Customer, window: Window) -> Column:
    """Days of the window with a checkout whose last one no order followed within 24 hours.

    A day counts once that last checkout is more than 24 hours old.
    """
    settled = _settled(customer.events(CHECKOUT_STARTED))
    return settled.not_followed_by(customer.events(ORDER_PLACED), within_days=SETTLED_DAYS).count(window)


@feature("share", "carts", windows=(365,), null="without a checkout more than 24 hours old in the window")
def checkout_order_share(customer: Customer, window: Window) -> Column:
    """Share of the days with a checkout in the window, the last 24 hours left out, that led to an order.

    A day led to an order when one followed the last checkout of that day within 24 hours.
    """
    settled = _settled(customer.events(CHECKOUT_STARTED))
    ordered = settled.followed_by(customer.events(ORDER_PLACED), within_days=SETTLED_DAYS)
    return ordered.count(window) / settled.count(window)


@feature("days", "carts", null="before the first checkout")
def days_since_last_checkout(customer: Customer) -> Column:
    """Days since a checkout was last started."""
    return customer.events(CHECKOUT_STARTED).days_since_last()


def _settled(events: Events) -> Events:
    """Return the last event of each day of which it is known whether an order followed within 24 hours."""
    return events.by_day().older_than(SETTLED_DAYS)


def _abandoned(customer: Customer) -> Events:
    carts = _settled(customer.events(CART_ADDED))
    return carts.not_followed_by(customer.events(ORDER_PLACED), within_days=SETTLED_DAYS)


def _open(customer: Customer) -> Events:
    # An order is about no product; it stands here so that a shop that logs neither removals nor lines is answered too.
    gone = customer.events(CART_REMOVED, ITEM_PURCHASED, ORDER_PLACED)
    added = customer.events(CART_ADDED).not_followed_by(gone, on="product_id")
    return added.not_followed_by(customer.events(ORDER_PLACED))


FEATURES = (
    cart_additions,
    cart_removals,
    carts,
    abandoned_carts,
    cart_abandonment_share,
    recovered_cart_share,
    open_cart_products,
    open_cart_value,
    carts_per_visit,
    carts_trend_30d,
    days_since_last_cart_addition,
    days_since_last_abandoned_cart,
    checkouts,
    abandoned_checkouts,
    checkout_order_share,
    days_since_last_checkout,
)
