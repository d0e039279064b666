"""From the arguments that say when events happened to a period."""

from collections.abc import Mapping
from datetime import datetime

from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import Period
from pipeline.conditions.times import date, date_text, duration, duration_text

DURATIONS = ("within", "before", "anniversary")
DATES = ("since", "until")
NAMES = ("within", "before", "since", "until", "anniversary")


def period(named: Mapping[str, Node]) -> Period:
    """Return the period of a call's named arguments; ConditionError for one in which nothing can happen."""
    spans = {name: duration(named[name]) for name in DURATIONS if name in named}
    dates = {name: date(named[name]) for name in DATES if name in named}
    within, before, anniversary = (spans.get(name) for name in DURATIONS)
    since, until = (dates.get(name) for name in DATES)
    if within is not None and before is not None and before >= within:
        shorter = f"less than the {duration_text(within)} of within"
        raise named["before"].at.error(shorter, f"'{duration_text(before)}'")
    if since is not None and until is not None and _alike(since, until) and until <= since:
        raise named["until"].at.error(f"a date after the {date_text(since)} of since", f"'{date_text(until)}'")
    return Period(within, before, since, until, anniversary)


def _alike(one: datetime, other: datetime) -> bool:
    """Return whether both have a zone, or neither, so that they can be told apart without the shop's clock."""
    return (one.tzinfo is None) == (other.tzinfo is None)
