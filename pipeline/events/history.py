"""What was known about customers before a moment."""

from dataclasses import dataclass
from datetime import datetime

import ibis


@dataclass(frozen=True)
class History:
    """Events that had both occurred and arrived before `as_of`, a UTC instant.

    An event that occurred earlier but arrived later was not known then, so it is not here. Make one with `history_of`.
    """

    as_of: datetime
    events: ibis.Table


def history_of(events: ibis.Table, as_of: datetime) -> History:
    """Bound `events` to what was known at `as_of`; the moment itself is excluded."""
    moment = ibis.literal(as_of)
    return History(as_of, events.filter(events.occurred_at < moment, events.received_at < moment))
