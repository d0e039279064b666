"""Findings about answers that stay away: e-mails go out, and nobody seems to open or click them any more.

Campaigns go out when they do, so that a silence of some days between two of them says nothing. That a campaign went out
and no answer came says that the tracking is lost, the night after.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.events.gaps import SILENT
from pipeline.events.quality.fields import ENOUGH, LEFT
from pipeline.events.quality.finding import Finding, Severity, listed
from pipeline.events.quality.lately import BEFORE, SPANS, Lately, since_when, spans_before
from pipeline.events.quality.usual import Floats

ANSWERS: Mapping[str, str] = MappingProxyType(
    {
        "email_opened": "email_delivered",
        "email_clicked": "email_delivered",
        "sms_clicked": "sms_delivered",
        "push_opened": "push_delivered",
    }
)
"""What answers what."""
LAG = 2  # days in which most answers come


@dataclass(frozen=True)
class Unanswered:
    """An event type that is silent although what it answers went out: how many were expected, and since when."""

    answer: str
    message: str
    expected: float
    seen: float
    since: datetime


def about_answers(past: Iterable[Lately], as_of: datetime, time_zone: str) -> Iterator[Finding]:
    """Yield a finding for each kind of message that is answered no more."""
    events = {each.event_type: each.events for each in past}
    found = [one for answer, message in ANSWERS.items() if (one := _unanswered(events, answer, message, as_of))]
    for message in dict.fromkeys(one.message for one in found):
        yield _finding([one for one in found if one.message == message], ZoneInfo(time_zone))


def _unanswered(events: Mapping[str, Floats], answer: str, message: str, as_of: datetime) -> Unanswered | None:
    if answer not in events or message not in events:
        return None
    sent, came = _had_a_day(events[message]), events[answer]
    return next((one for days in SPANS[1:] if (one := _silent(sent, came, days, answer, message, as_of))), None)


def _had_a_day(sent: Floats) -> Floats:
    """Return messages without those of the last 24 hours, which may still be answered."""
    return np.concatenate([[0.0], sent[1:]])


def _silent(  # noqa: PLR0917 - the two series, their names and the time
    sent: Floats, came: Floats, days: int, answer: str, message: str, as_of: datetime
) -> Unanswered | None:
    before = slice(days, days + BEFORE)
    usual = came[before].sum() / max(sent[before].sum(), 1.0)
    expected = usual * sent[:days].sum()
    if expected < ENOUGH:
        return None
    asked = spans_before(sent, days) * usual
    some = asked >= ENOUGH / 2
    # A span that ends with a campaign has its answers in the days after it.
    answered = np.lib.stride_tricks.sliding_window_view(came[days - LAG : days + BEFORE], days + LAG).sum(axis=1)
    lowest = min(1.0, float(np.quantile(answered[some] / asked[some], 0.1))) if some.any() else 1.0
    if came[:days].sum() >= LEFT * lowest * expected or _is_back(sent, came, usual):
        return None
    since = since_when(usual * sent / 2 - came, as_of)
    return Unanswered(answer, message, float(expected), float(came[:days].sum()), since)


def _is_back(sent: Floats, came: Floats, usual: float) -> bool:
    """Say whether the last messages, as few as can tell, have half of the usual answers again."""
    days = next(days for days in SPANS[1:] if usual * sent[:days].sum() >= ENOUGH)
    return bool(came[:days].sum() >= usual * sent[:days].sum() / 2)


def _finding(found: list[Unanswered], zone: ZoneInfo) -> Finding:
    message = found[0].message
    seen = listed([f"{one.seen:,.0f} instead of about {one.expected:,.0f}" for one in found])
    since = min(one.since for one in found)
    return Finding(
        "tracking gap",
        Severity.SEVERE,
        f"{listed([one.answer for one in found])} {'has' if len(found) == 1 else 'have'} been silent since "
        f"{since.astimezone(zone):%Y-%m-%d} although {message} was not: {seen}.",
        "Check the tracking of opens and clicks, and the export that tells them.",
        {
            "event_types": [one.answer for one in found],
            "kind": SILENT,
            "started_at": since,
            "ended_at": None,
        },
    )
