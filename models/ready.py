"""Tasks that a shop need only name in its settings: `[tasks.purchase_7d]`."""

from datetime import timedelta

from features.families.kinds import ON_SITE
from models.tasks import Task
from pipeline.events.event_types import FEATURE_USED, LOGGED_IN, ORDER_PLACED

BOUGHT = "orders_365d >= 1"
NET = "sum(order_placed, amount) - sum(order_refunded, amount)"
# Near enough that a subscriber who stays renews within the horizon; twice overdue, a subscription has quietly ended.
DUE = (
    "is_subscribed = 1 and subscription_term_mean_days * (1 - subscription_overdue_ratio) <= 30 "
    "and subscription_overdue_ratio <= 2"
)


def _none_of(*event_types: str) -> str:
    return " and ".join(f"never({name})" for name in event_types)


READY = (
    Task(
        "purchase_7d",
        "days_since_last_visit <= 28",
        "happened(order_placed)",
        timedelta(days=7),
        words="An order within {horizon}, of somebody active in shop or app in the last 28 days.",
    ),
    Task(
        "churn_7d",
        "days_since_last_visit <= 7",
        _none_of(*ON_SITE, ORDER_PLACED),
        timedelta(days=7),
        words="Nothing done in shop or app and no order within {horizon}, of somebody active in the last 7 days.",
    ),
    Task(
        "subscription_churn",
        DUE,
        "happened(subscription_cancelled) or (never(subscription_renewed) and never(subscription_started))",
        timedelta(days=30),
        words="A cancellation or no renewal within {horizon}, of a subscriber whose past terms make one due "
        "in 30 days.",
    ),
    Task(
        "subscription_cancellation",
        "is_subscribed = 1",
        "happened(subscription_cancelled)",
        timedelta(days=30),
        words="A cancellation within {horizon}, of anybody subscribed now.",
    ),
    Task(
        "usage_churn",
        "feature_uses_30d >= 1 or logins_30d >= 1",
        _none_of(FEATURE_USED, LOGGED_IN),
        timedelta(days=30),
        words="No use of the product and no login within {horizon}, of somebody who used it in the last 30 days.",
    ),
    Task(
        "orders",
        BOUGHT,
        "count(order_placed)",
        timedelta(days=90),
        words="How many orders come within {horizon}, of a customer who ordered in the last year.",
    ),
    Task(
        "orders_365d",
        BOUGHT,
        "count(order_placed)",
        timedelta(days=365),
        words="How many orders come within {horizon}, of a customer who ordered in the last year.",
    ),
    Task(
        "spend_365d",
        BOUGHT,
        NET,
        timedelta(days=365),
        words="Money spent within {horizon}, less what is given back, of a customer who ordered in the last year: what "
        "a customer is worth in the year to come.",
    ),
)
