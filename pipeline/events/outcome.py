"""What came after a moment: labels are read from it, features never."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis


@dataclass(frozen=True)
class Outcome:
    """Events with `as_of <= occurred_at < as_of + horizon`, in a shop of this time zone. Make one with `outcome_of`."""

    as_of: datetime
    horizon: timedelta
    events: ibis.Table
    time_zone: str = "UTC"


def outcome_of(
    events: ibis.Table,
    as_of: datetime,
    horizon: timedelta,
    known_before: datetime | None = None,
    time_zone: str = "UTC",
) -> Outcome:
    """Cut the outcome out of `events`.

    A label that a model trains on must have been known when it trained: `known_before` leaves out what arrived at or
    after that moment. An evaluation reads everything known today, which is the default.
    """
    after = events.filter(events.occurred_at >= ibis.literal(as_of), events.occurred_at < ibis.literal(as_of + horizon))
    if known_before is not None:
        after = after.filter(after.received_at < ibis.literal(known_before))
    return Outcome(as_of, horizon, after, time_zone)
