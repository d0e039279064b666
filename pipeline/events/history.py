"""What was known about customers before a moment."""

from dataclasses import dataclass
from datetime import datetime

import ibis

from pipeline.events.consent import Permission


@dataclass(frozen=True)
class Tiles:
    """The files of the event log, in which the rows of a customer lie together, month by month.

    They hold all events under the ids that they came with, so a reader bounds them by the moment itself, passes over
    those of `aliases`, which `moved` has under their customers and bounded, and keeps whom the permission lets be read.
    """

    files: tuple[str, ...]
    aliases: ibis.Table
    moved: ibis.Table
    permission: Permission


@dataclass(frozen=True)
class History:
    """Events that had both occurred and arrived before `as_of`, a UTC instant.

    An event that occurred earlier but arrived later was not known then, so it is not here. Make one with `history_of`.
    `time_zone` is the shop's and decides what an hour, a weekday or a month is. `people` are rows of the table of
    customers that had arrived by then, where a shop has any. `tiles` are the same events by the files that they lie in,
    where they do: the quicker way to read all of them.
    """

    as_of: datetime
    events: ibis.Table
    time_zone: str = "UTC"
    people: ibis.Table | None = None
    tiles: Tiles | None = None


def history_of(
    events: ibis.Table,
    as_of: datetime,
    time_zone: str = "UTC",
    people: ibis.Table | None = None,
    tiles: Tiles | None = None,
) -> History:
    """Bound `events` and `people` to what was known at `as_of`; the moment itself is excluded."""
    moment = ibis.literal(as_of)
    told = None if people is None else people.filter(people.received_at < moment)
    return History(as_of, known(events, as_of), time_zone, told, tiles)


def known(events: ibis.Table, as_of: datetime) -> ibis.Table:
    """Keep the events that had both occurred and arrived before a moment."""
    moment = ibis.literal(as_of)
    return events.filter(events.occurred_at < moment, events.received_at < moment)
