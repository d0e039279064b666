"""What came first, what came after what, and what was meant: the small questions that several families share."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from tests.features.oracle.past import NAN, Row, over, said

NAMES = ("query", "page", "campaign_id", "source", "device", "channel", "category", "product_id", "event_type")
NUMBERS = ("duration_seconds", "quantity", "discount", "amount")
SAYING = ("feature_used", "subscription_started", "support_contacted", "survey_answered")


def in_order(events: Iterable[Row]) -> list[Row]:
    """By time; of events at one instant, those first whose names and numbers sort first, null before all others."""

    def place(row: Row) -> tuple[object, ...]:
        told = (said(row, "feature"), row["properties"]) if row["event_type"] in SAYING else (None, None)
        values = (*told, *(row[name] for name in (*NAMES, *NUMBERS)))
        return (row["occurred_at"], *((value is not None, value) for value in values))

    return sorted(events, key=place)


def followed(events: Iterable[Row], by: Iterable[Row], days: float | None = None, on: str | None = None) -> list[Row]:
    """Those at or after which one of `by` came, so many days later at most, and with the same value of `on`."""
    later = list(by)

    def is_next(row: Row, other: Row) -> bool:
        wait = other["occurred_at"] - row["occurred_at"]
        soon = wait >= timedelta(0) and (days is None or wait <= timedelta(days=days))
        return soon and (on is None or (row[on] is not None and row[on] == other[on]))

    return [row for row in events if any(is_next(row, other) for other in later)]


def known(events: Iterable[Row], name: str) -> list[Row]:
    """Those that have the field."""
    return [row for row in events if row[name] is not None]


def matches(name: str, value: str, terms: tuple[str, ...]) -> Callable[[Row], bool]:
    """Tell whether a row's field is the value; for "other", whether it is known and none of the terms."""
    return lambda row: row[name] is not None and (row[name] not in terms if value == "other" else row[name] == value)


def share(events: Iterable[Row], so: Callable[[Row], bool]) -> float:
    """The share of the events of which it is so; null without events."""
    rows = list(events)
    return over(sum(map(so, rows)), len(rows)) if rows else NAN
