"""How often a customer needs help, naively."""

from datetime import timedelta

from tests.features.oracle.past import Past, label, over, total

SOON = timedelta(days=14)


def expected(past: Past) -> dict[str, float]:
    contacts, orders = past.of("support_contacted"), past.of("order_placed")
    year = past.within(contacts, 365)
    timed = [row for row in year if row["duration_seconds"] is not None]
    columns = {
        "days_since_last_support_contact": past.since_last(contacts),
        "support_trend_90d": over(len(past.within(contacts, 90)), len(past.within(contacts, 180, 90))),
        "support_contacts_since_last_order": sum(
            all(order["occurred_at"] < contact["occurred_at"] for order in orders) for contact in contacts
        ),
        "support_seconds_365d": total(year, "duration_seconds"),
        "mean_support_seconds_365d": over(total(timed, "duration_seconds"), len(timed)),
    }
    for days in (30, 90, 365, None):
        columns[f"support_contacts_{label(days)}"] = len(past.within(contacts, days))
    for days in (365, None):
        placed = past.within(orders, days)
        columns[f"support_contacts_per_order_{label(days)}"] = over(len(past.within(contacts, days)), len(placed))
        helped = sum(any(_soon_after(order, contact) for contact in contacts) for order in placed)
        columns[f"helped_order_share_{label(days)}"] = over(helped, len(placed))
    return columns


def _soon_after(order, contact) -> bool:
    return order["occurred_at"] <= contact["occurred_at"] <= order["occurred_at"] + SOON
