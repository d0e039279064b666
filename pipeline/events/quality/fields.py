"""Findings about columns that events told and tell no more: an export that renamed or dropped one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.events.quality.finding import Finding, Severity, listed, percent
from pipeline.events.quality.lately import BEFORE, SPANS, Lately, since_when, spans_before
from pipeline.events.quality.usual import Floats

LEFT = 0.25  # of the share that usually tells a column: below, it is lost
ENOUGH = 20.0  # events that should have told it: none of so many by chance is one time in 10^8
FEWEST_DAYS = 28
MONEY = "amount"
NONE = "none of these events has one"


@dataclass(frozen=True)
class Lost:
    """A column that an event type told and tells no more: the shares of its events, and since when."""

    column: str
    event_type: str
    usual: float
    now: float
    since: datetime


def about_fields(past: Iterable[Lately], as_of: datetime, time_zone: str) -> Iterator[Finding]:
    """Yield a finding for each column that is lost, of all event types that lost it."""
    lost = [one for each in past for one in lost_fields(each, as_of)]
    for column in sorted({one.column for one in lost}):
        yield _finding([one for one in lost if one.column == column], ZoneInfo(time_zone))


def lost_fields(past: Lately, as_of: datetime) -> Iterator[Lost]:
    """Yield the columns that are told by less than a quarter of the events that usually tell them.

    That must be clear of chance, and of what any span of the twelve weeks before came down to.
    """
    for column, filled in past.filled.items():
        found = next((one for days in SPANS if (one := _lost(past, column, filled, days, as_of))), None)
        if found is not None:
            yield found


def _lost(past: Lately, column: str, filled: Floats, days: int, as_of: datetime) -> Lost | None:
    usual = _usual(filled[days : days + BEFORE], past.events[days : days + BEFORE])
    events = past.events[:days].sum()
    if usual * events < ENOUGH:
        return None
    now = float(filled[:days].sum() / events)
    before, among = spans_before(filled, days), spans_before(past.events, days)
    some = among * usual >= ENOUGH / 2
    lowest = float(np.quantile(before[some] / among[some], 0.1)) if some.any() else usual
    if now >= LEFT * min(usual, lowest) or _is_back(past, filled, usual):
        return None
    missing = past.events * (usual + now) / 2 - filled
    return Lost(column, past.event_type, usual, now, since_when(missing, as_of))


def _is_back(past: Lately, filled: Floats, usual: float) -> bool:
    """Say whether the last events, as few as can tell, have half of the usual again."""
    days = next(days for days in SPANS if usual * past.events[:days].sum() >= ENOUGH)
    return bool(filled[:days].sum() >= usual * past.events[:days].sum() / 2)


def _usual(filled: Floats, events: Floats) -> float:
    """Return the share of events that tells a column on a middling day; 0 while too few days are known."""
    some = events > 0
    if np.count_nonzero(some) < FEWEST_DAYS:
        return 0.0
    return float(np.median(filled[some] / events[some]))


def _finding(lost: list[Lost], zone: ZoneInfo) -> Finding:
    worst = max(lost, key=lambda one: one.usual)
    types = [one.event_type for one in lost]
    most = max(one.now for one in lost)
    told = f"{_share([one.now for one in lost], 'at most')} of these events have one" if most else NONE
    return Finding(
        "lost field",
        Severity.SEVERE if worst.column == MONEY else Severity.WARNING,
        f"The {worst.column} of {listed(types)} is missing since {worst.since.astimezone(zone):%Y-%m-%d}: {told}, "
        f"usually {_share([one.usual for one in lost], 'at least')}.",
        "Look whether the export renamed or dropped the column; what is worked out from it is wrong until it is back.",
        {
            "column": worst.column,
            "event_types": types,
            "usual_share": worst.usual,
            "share": most,
            "started_at": worst.since,
            "ended_at": None,
        },
    )


def _share(shares: list[float], bound: str) -> str:
    """Return the share that is true of all event types: the largest of those `at most`, the smallest of `at least`."""
    told = percent(max(shares) if bound == "at most" else min(shares))
    return told if len(set(shares)) == 1 else f"{bound} {told}"
