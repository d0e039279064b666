"""How far a customer has come: from the first thing known, over signing up, to the first order and the next."""

from features.column import Column
from features.customer import Customer
from features.families.kinds import ON_SITE
from features.feature import feature
from pipeline.events.event_types import EMAIL_DELIVERED, EVENT_TYPES, ORDER_PLACED, SIGNED_UP, SUBSCRIPTION_STARTED
from pipeline.windows.requests import Window

NO_ORDER = "before the first order"
REACHED = (SIGNED_UP, SUBSCRIPTION_STARTED, EMAIL_DELIVERED)  # a name and a way to write to it, no order yet
REPEAT, LOYAL = 2, 4  # orders


@feature("days", "lifecycle")
def days_since_first_event(customer: Customer) -> Column:
    """Days since the first event of any known kind."""
    return customer.events(*EVENT_TYPES).days_since_first()


@feature("flag", "lifecycle")
def is_new_30d(customer: Customer) -> Column:
    """1 when the first event of any known kind fell in the last 30 days, 0 otherwise."""
    return customer.events(*EVENT_TYPES).count(Window(30)) >= customer.events(*EVENT_TYPES).count()


@feature("kinds", "lifecycle", windows=(90, 365))
def event_types(customer: Customer, window: Window) -> Column:
    """Different kinds of events, such as visits, e-mails, orders and questions, in the window."""
    return customer.events(*EVENT_TYPES).distinct("event_type", window)


@feature("stage", "lifecycle")
def lifecycle_stage(customer: Customer) -> Column:
    """0 for a visitor, 1 for somebody signed up, subscribed or written to by e-mail who has never ordered.

    2 after the first order, 3 after the second or third, 4 after the fourth.
    """
    orders = customer.events(ORDER_PLACED).count()
    is_reached = customer.events(*REACHED, ORDER_PLACED).count() >= 1
    return is_reached + (orders >= 1) + (orders >= REPEAT) + (orders >= LOYAL)


@feature("days", "lifecycle", null="before signing up")
def days_since_signup(customer: Customer) -> Column:
    """Days since the customer first signed up."""
    return customer.events(SIGNED_UP).days_since_first()


@feature("days", "lifecycle", null="before signing up")
def days_from_first_event_to_signup(customer: Customer) -> Column:
    """Days from the first event of any known kind to first signing up."""
    return customer.events(*EVENT_TYPES).days_since_first() - customer.events(SIGNED_UP).days_since_first()


@feature("days", "lifecycle", null="before signing up, and before the first order")
def days_from_signup_to_first_order(customer: Customer) -> Column:
    """Days from first signing up to the first order; negative when the order came first."""
    return customer.events(SIGNED_UP).days_since_first() - customer.events(ORDER_PLACED).days_since_first()


@feature("days", "lifecycle", null=NO_ORDER)
def days_from_first_event_to_first_order(customer: Customer) -> Column:
    """Days from the first event of any known kind to the first order."""
    return customer.events(*EVENT_TYPES).days_since_first() - customer.events(ORDER_PLACED).days_since_first()


@feature("visits", "lifecycle", null=NO_ORDER)
def visits_before_first_order(customer: Customer) -> Column:
    """Visits that began before the first order, or with it; half an hour of nothing on the site ends a visit."""
    first = customer.events(ORDER_PLACED).earliest(1)
    visits = customer.events(*ON_SITE).visits().followed_by(first)
    return visits.count().when(first.count())


@feature("days", "lifecycle", null="before the second order")
def days_from_first_to_second_order(customer: Customer) -> Column:
    """Days from the first order to the second; 0 when both were placed at the same instant."""
    first_two = customer.events(ORDER_PLACED).earliest(REPEAT)
    days = first_two.days_since_first() - first_two.days_since_last()
    return days.when(first_two.count() >= REPEAT)


FEATURES = (
    days_since_first_event,
    is_new_30d,
    event_types,
    lifecycle_stage,
    days_since_signup,
    days_from_first_event_to_signup,
    days_from_signup_to_first_order,
    days_from_first_event_to_first_order,
    visits_before_first_order,
    days_from_first_to_second_order,
)
