"""Text messages and push notifications, naively."""

from tests.features.oracle.past import Past, label, over
from tests.features.oracle.sequence import followed


def expected(past: Past) -> dict[str, float]:
    sms, clicks = past.of("sms_delivered"), past.of("sms_clicked")
    push, opens = past.of("push_delivered"), past.of("push_opened")
    return {
        **{
            f"{name}_{label(days)}": len(past.within(rows, days))
            for name, rows in (
                ("sms_delivered", sms),
                ("sms_clicks", clicks),
                ("push_delivered", push),
                ("push_opens", opens),
            )
            for days in (30, 90, 365)
        },
        "sms_click_rate_365d": over(len(past.within(clicks, 365)), len(past.within(sms, 365))),
        "sms_since_last_click": len(sms) - len(followed(sms, clicks)),
        "days_since_last_sms": past.since_last(sms),
        "days_since_last_sms_click": past.since_last(clicks),
        "push_open_rate_365d": over(len(past.within(opens, 365)), len(past.within(push, 365))),
        "push_since_last_open": len(push) - len(followed(push, opens)),
        "days_since_last_push": past.since_last(push),
        "days_since_last_push_open": past.since_last(opens),
    }
