"""The kinds of values that settings have."""

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.errors import did_you_mean


def parse_duration(text: object) -> timedelta:
    """Read whole days as "90 days" or "90d"; a `timedelta` passes through. Raises ValueError on anything else."""
    if isinstance(text, timedelta):
        return text
    matched = re.fullmatch(r"\s*(\d{1,5})\s*(?:d|days?)\s*", str(text))
    if matched is None or int(matched[1]) == 0:
        raise ValueError(f'expected a number of days such as "90 days", got "{text}".')
    return timedelta(days=int(matched[1]))


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(
            f'expected a time zone such as "Europe/London", got "{name}".{did_you_mean(name, available_timezones())}'
        )
    return name


def _currency(code: str) -> str:
    if re.fullmatch("[A-Z]{3}", code) is None:
        raise ValueError(f'expected a currency as three capital letters, such as "EUR", got "{code}".')
    return code


def _distinct(words: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for word in words:
        if not word.strip() or word.casefold() in seen:
            raise ValueError(f'expected different words, each once, got "{word}".')
        seen.add(word.casefold())
    return words


Distinct = Annotated[tuple[str, ...], AfterValidator(_distinct)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Share = Annotated[float, Field(ge=0, le=1)]


class Frozen(BaseModel):
    """A part of the settings: it never changes, and it refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
