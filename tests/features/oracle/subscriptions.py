"""Whether and since when a customer is subscribed, naively."""

from statistics import fmean

from tests.features.oracle.past import NAN, Past, label, over, total


def expected(past: Past) -> dict[str, float]:
    starts, renewals, ends = (past.of(f"subscription_{what}") for what in ("started", "renewed", "cancelled"))
    kept_up = past.of("subscription_started", "subscription_renewed")
    is_subscribed = bool(kept_up) and all(end["occurred_at"] < kept_up[-1]["occurred_at"] for end in ends)
    gaps = past.gaps(kept_up)
    term = fmean(gaps) if gaps else NAN
    since = [row for row in renewals if starts and row["occurred_at"] > starts[-1]["occurred_at"]]
    columns = {
        "is_subscribed": int(is_subscribed),
        "subscription_age_days": past.since_last(starts) if is_subscribed else NAN,
        "days_since_first_subscription": past.since_first(starts),
        "days_since_subscription_start": past.since_last(starts),
        "days_since_subscription_renewal": past.since_last(renewals),
        "days_since_subscription_cancellation": past.since_last(ends),
        "subscription_renewals_since_start": len(since) if starts else NAN,
        "subscription_cancellations_per_start": over(len(ends), len(starts)),
        "subscription_term_mean_days": term,
        "subscription_overdue_ratio": past.since_last(kept_up) / term,
        "subscription_value_365d": total(past.within(kept_up, 365)),
    }
    for days in (365, None):
        columns[f"subscriptions_started_{label(days)}"] = len(past.within(starts, days))
        columns[f"subscription_renewals_{label(days)}"] = len(past.within(renewals, days))
        columns[f"subscription_cancellations_{label(days)}"] = len(past.within(ends, days))
    return columns
