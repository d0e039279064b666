"""Durations and dates as texts: read from a condition, and written into one."""

import re
from datetime import UTC, datetime, timedelta

from pipeline.conditions.nodes import Node, Value
from pipeline.conditions.wording import literal
from pipeline.errors import ConditionError, did_you_mean

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
WRITTEN = ("day", "hour", "minute")
LONGEST = timedelta(days=36_500)
NO_UNITS = {
    "month": " Months are not all as long as each other: write '30 days'.",
    "year": " Years are not all as long as each other: write '365 days'.",
    "second": " The shortest unit is the minute.",
}
DURATION = re.compile(r"\s*(\d{1,9})\s*([^\W\d]+)\s*")
FIRST_YEAR, LAST_YEAR = 1900, 2200


def moment(value: Value) -> datetime:
    """Return the moment that a text literal writes in ISO 8601, in UTC; without a zone it is UTC already."""
    read = datetime.fromisoformat(str(value.value))
    return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)


def date(node: Node) -> datetime:
    """Return the date that a text literal writes in ISO 8601: in UTC with a zone, as it stands without one."""
    text = node.value if isinstance(node, Value) and isinstance(node.value, str) else None
    try:
        read = datetime.fromisoformat(text or "")
        found = read if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise node.at.error("a date such as '2026-11-30'", _got(node)) from None
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise node.at.error(f"a date from {FIRST_YEAR} until {LAST_YEAR}", _got(node))
    return found


def date_text(read: datetime) -> str:
    """Return the text that `date` reads: the day alone for midnight without a zone."""
    return read.isoformat().removesuffix("T00:00:00")


def duration(node: Node) -> timedelta:
    """Return the duration that a text literal writes, such as '7 days'."""
    text = node.value if isinstance(node, Value) and isinstance(node.value, str) else ""
    found = DURATION.fullmatch(text)
    unit = found[2].lower().removesuffix("s") if found else ""
    if found is None or unit not in UNITS:
        raise _not_a_duration(node, unit)
    count = int(found[1])
    if not 0 < count <= LONGEST / UNITS[unit]:
        raise node.at.error(f"more than nothing, at most {LONGEST.days} days", _got(node))
    return count * UNITS[unit]


def duration_text(length: timedelta) -> str:
    """Return the text that `duration` reads, in the longest of days, hours and minutes of which it is so many whole."""
    unit = next((unit for unit in WRITTEN if not length % UNITS[unit]), "minute")
    count = length // UNITS[unit]
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _not_a_duration(node: Node, unit: str) -> ConditionError:
    hint = NO_UNITS.get(unit) or did_you_mean(f"{unit}s", [f"{name}s" for name in UNITS] if unit else ())
    return node.at.error("a duration such as '7 days', '2 hours' or '1 week'", _got(node), hint)


def _got(node: Node) -> str:
    return literal(node) if isinstance(node, Value) else "something else"
