"""Values as the texts in which platforms keep them, and whether a text that came back says the same."""

import math
import re
from datetime import UTC, datetime

from pipeline.publish.plain import Json

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\S+)?")
_MILLISECONDS = re.compile(r"-?\d{9,}")


def as_text(value: Json) -> str:
    """Return null as an empty text, booleans as `true` and `false`, a moment as its date in UTC, numbers plainly.

    >>> [as_text(value) for value in (None, True, 12.0, 0.25, "2026-03-01T10:00:00+00:00", "slowing down")]
    ['', 'true', '12', '0.25', '2026-03-01', 'slowing down']
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:.0f}" if float(value).is_integer() else f"{value:.10f}".rstrip("0")
        case str():
            return _date(value) or value
    raise TypeError(f"Expected a single value for a platform, got {type(value).__name__}.")


def same_text(wanted: Json, held: object) -> bool:
    """Return whether a platform that says `held` holds `wanted`, however it writes dates and numbers."""
    text = as_text(wanted)
    told = as_text(held) if isinstance(held, bool | int | float) else str(held or "").strip()
    if text.strip() == told:
        return True
    if _date(text):
        return _date(told) == text or _date_of_milliseconds(told) == text
    return isinstance(wanted, int | float) and _same_number(text, told)


def kind_of(value: Json) -> str:
    """Return what a property must be to keep `value`, in a marketer's words; empty where null leaves it open."""
    match value:
        case None:
            return ""
        case bool():
            return "single checkbox"
        case int() | float():
            return "number"
    return "date" if isinstance(value, str) and _date(value) else "single-line text"


def _date(text: str) -> str:
    """Return the date in UTC of a text that is a date or a moment, or an empty text."""
    if not _MOMENT.fullmatch(text):
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()


def _date_of_milliseconds(text: str) -> str:
    if not _MILLISECONDS.fullmatch(text):
        return ""
    return datetime.fromtimestamp(int(text) / 1000, tz=UTC).date().isoformat()


def _same_number(text: str, told: str) -> bool:
    try:
        return math.isclose(float(text), float(told))
    except ValueError:
        return text.lower() == told.lower()
