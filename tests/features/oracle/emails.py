"""Opens, clicks and turning away, naively."""

from tests.features.oracle.past import Past, distinct, label, over
from tests.features.oracle.sequence import followed, in_order, known, share


def expected(past: Past) -> dict[str, float]:
    delivered, opened, clicked = (past.of(f"email_{what}") for what in ("delivered", "opened", "clicked"))
    return {
        **{f"emails_delivered_{label(days)}": len(past.within(delivered, days)) for days in (30, 90, 180, 365)},
        **{f"email_opens_{label(days)}": len(past.within(opened, days)) for days in (7, 30, 90, 180, 365)},
        **{f"email_clicks_{label(days)}": len(past.within(clicked, days)) for days in (7, 30, 90, 180, 365)},
        **_rates(past),
        "email_campaigns_opened_90d": len(distinct(past.within(opened, 90), "campaign_id")),
        "email_opens_decayed_60d": sum(2 ** (-past.age(row) / 60) for row in opened),
        **_last_five(past),
        "emails_since_last_open": len(delivered) - len(followed(delivered, opened)),
        "days_since_last_email": past.since_last(delivered),
        "days_since_last_email_open": past.since_last(opened),
        "days_since_last_email_click": past.since_last(clicked),
        "email_open_rate_trend_90d": over(_open_rate(past, 90), _open_rate(past, 180, 90)),
        "emails_delivered_trend_30d": over(len(past.within(delivered, 30)), len(past.within(delivered, 60, 30))),
        **_orders(past),
        **_turning_away(past),
    }


def _open_rate(past: Past, days: float, until: float = 0) -> float:
    opened, delivered = (past.within(past.of(name), days, until) for name in ("email_opened", "email_delivered"))
    return over(len(opened), len(delivered))


def _rates(past: Past) -> dict[str, float]:
    rates = {}
    for days in (30, 90, 365):
        delivered, opened, clicked = (
            len(past.within(past.of(f"email_{what}"), days)) for what in ("delivered", "opened", "clicked")
        )
        rates[f"email_open_rate_{days}d"] = over(opened, delivered)
        rates[f"email_click_rate_{days}d"] = over(clicked, delivered)
        rates[f"email_click_to_open_rate_{days}d"] = over(clicked, opened)
    return rates


def _last_five(past: Past) -> dict[str, float]:
    last = in_order(known(past.of("email_delivered"), "campaign_id"))[-5:]
    opened, clicked = past.of("email_opened"), past.of("email_clicked")
    return {
        "last_five_emails_opened_share": over(len(followed(last, opened, on="campaign_id")), len(last)),
        "last_five_emails_clicked_share": over(len(followed(last, clicked, on="campaign_id")), len(last)),
    }


def _orders(past: Past) -> dict[str, float]:
    year = past.within(past.of("email_clicked"), 365)
    led = followed(year, past.of("order_placed"), days=3)
    settled = past.within(year, None, 3)
    return {
        "email_clicks_before_order_365d": len(led),
        "email_clicks_before_order_share_365d": share(settled, lambda row: row in led),
    }


def _turning_away(past: Past) -> dict[str, float]:
    bounced, unsubscribed = past.of("email_bounced"), past.of("email_unsubscribed")
    return {
        "email_bounces_365d": len(past.within(bounced, 365)),
        "email_bounces_lifetime": len(bounced),
        "email_complaints_lifetime": len(past.of("email_complained")),
        "email_unsubscribes_lifetime": len(unsubscribed),
        "days_since_last_email_unsubscribe": past.since_last(unsubscribed),
        "emails_forwarded_365d": len(past.within(past.of("email_forwarded"), 365)),
    }
