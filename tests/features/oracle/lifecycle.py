"""How far a customer has come, naively."""

from pipeline.events.event_types import EVENT_TYPES
from tests.features.oracle.past import DAY, NAN, Past

ON_SITE = (
    "page_viewed",
    "product_viewed",
    "searched",
    "cart_added",
    "cart_removed",
    "checkout_started",
    "signed_up",
    "logged_in",
    "feature_used",
    "content_downloaded",
    "video_watched",
)


def expected(past: Past) -> dict[str, float]:
    everything, orders = past.of(*EVENT_TYPES), past.of("order_placed")
    first, signup, order = (past.since_first(each) for each in (everything, past.of("signed_up"), orders))
    return {
        "days_since_first_event": first,
        "is_new_30d": int(len(past.within(everything, 30)) == len(everything)),
        "event_types_90d": len({row["event_type"] for row in past.within(everything, 90)}),
        "event_types_365d": len({row["event_type"] for row in past.within(everything, 365)}),
        "lifecycle_stage": _stage(past),
        "days_since_signup": signup,
        "days_from_first_event_to_signup": first - signup,
        "days_from_signup_to_first_order": signup - order,
        "days_from_first_event_to_first_order": first - order,
        "visits_before_first_order": _visits_before(past, orders),
        "days_from_first_to_second_order": _between(orders[0], orders[1]) if len(orders) > 1 else NAN,
    }


def _stage(past: Past) -> int:
    if orders := len(past.of("order_placed")):
        return 2 if orders == 1 else 3 if orders <= 3 else 4
    return 1 if past.of("signed_up", "subscription_started", "email_delivered") else 0


def _visits_before(past: Past, orders) -> float:
    if not orders:
        return NAN
    return sum(visit[0]["occurred_at"] <= orders[0]["occurred_at"] for visit in past.visits(past.of(*ON_SITE)))


def _between(earlier, later) -> float:
    return (later["occurred_at"] - earlier["occurred_at"]) / DAY
