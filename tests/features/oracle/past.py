"""One customer's raw events before a moment, read naively: no arrays, no shared state, none of the product's code."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from features.vocabulary import Vocabulary

DAY = timedelta(days=1)
NAN = math.nan
Row = dict[str, object]


@dataclass(frozen=True)
class Past:
    """All events of one customer, known at `as_of` or not, and all rows about the customer."""

    all_rows: list[Row]
    as_of: datetime
    vocabulary: Vocabulary
    zone: str = "UTC"
    people: list[Row] = field(default_factory=list)

    def of(self, *event_types: str) -> list[Row]:
        """Events of these types that had happened and arrived before the moment, oldest first."""
        known = (row for row in self.all_rows if row["occurred_at"] < self.as_of and row["received_at"] < self.as_of)
        return sorted((row for row in known if row["event_type"] in event_types), key=lambda row: row["occurred_at"])

    def within(self, events: Iterable[Row], days: float | None, until: float = 0) -> list[Row]:
        """Those in `[as_of - days, as_of - until)`."""
        return [
            row
            for row in events
            if (days is None or row["occurred_at"] >= self.as_of - DAY * days)
            and row["occurred_at"] < self.as_of - DAY * until
        ]

    def age(self, row: Row) -> int:
        """Whole days before the moment; the 24 hours that end with it are day 0."""
        return math.ceil((self.as_of - row["occurred_at"]) / DAY) - 1

    def days(self, events: Iterable[Row]) -> list[int]:
        """Ages of the days with an event, oldest first."""
        return sorted({self.age(row) for row in events}, reverse=True)

    def gaps(self, events: Iterable[Row]) -> list[int]:
        """Days between successive days with an event."""
        return [earlier - later for earlier, later in pairwise(self.days(events))]

    def since_last(self, events: list[Row]) -> float:
        return (self.as_of - max(row["occurred_at"] for row in events)) / DAY if events else NAN

    def since_first(self, events: list[Row]) -> float:
        return (self.as_of - min(row["occurred_at"] for row in events)) / DAY if events else NAN

    def local(self, row: Row) -> datetime:
        """When it happened, on the shop's own clock."""
        return row["occurred_at"].astimezone(ZoneInfo(self.zone))

    def visits(self, events: Iterable[Row]) -> list[list[Row]]:
        """Events with no more than half an hour between them, together."""
        found: list[list[Row]] = []
        for row in sorted(events, key=lambda row: row["occurred_at"]):
            if found and row["occurred_at"] - found[-1][-1]["occurred_at"] <= timedelta(minutes=30):
                found[-1].append(row)
            else:
                found.append([row])
        return found

    def person(self) -> Row:
        """The newest row about the customer that had arrived; empty without one."""
        known = [row for row in self.people if row["received_at"] < self.as_of]
        return max(known, key=lambda row: row["received_at"]) if known else {}


def total(events: Iterable[Row], name: str = "amount") -> float:
    """The exact sum of a decimal column, null counting nothing."""
    return float(sum(row[name] for row in events if row[name] is not None))


def over(top: float, bottom: float) -> float:
    """A ratio; null where it divides by zero or by null."""
    return top / bottom if bottom else NAN


def distinct(events: Iterable[Row], name: str) -> set[object]:
    """The values of a column, null left out."""
    return {row[name] for row in events if row[name] is not None}


def counts(events: Iterable[Row], value: Callable[[Row], object]) -> Counter[object]:
    """How often each value comes, null left out."""
    return Counter(found for row in events if (found := value(row)) is not None)


def said(row: Row, name: str) -> object:
    """What the event's properties say under a name, or null."""
    text = row["properties"]
    return None if text is None else json.loads(text).get(name)


def label(days: int | None) -> str:
    return "lifetime" if days is None else f"{days}d"
