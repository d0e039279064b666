"""Findings about gaps: one for all event types that were silent, or halved, on the same days."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from pipeline.events.gaps import EVERY_TYPE, SILENT, Gap
from pipeline.events.quality.finding import Finding, Severity, listed

_Days = tuple[str, datetime, datetime | None]


def about_gaps(gaps: Iterable[Gap], time_zone: str) -> Iterator[Finding]:
    """Yield a finding for each span of days; the days are those of the shop's calendar."""
    for (kind, _, _), together in groupby(sorted(gaps, key=_order), key=_days):
        same = list(together)
        every = same[0].event_type == EVERY_TYPE
        names = "Every event type" if every else listed([gap.event_type for gap in same])
        lasts = same[0].ended_at is None
        yield Finding(
            "tracking gap",
            Severity.SEVERE if lasts or every else Severity.WARNING,
            f"{names} {_did(kind, several=len(same) > 1, lasts=lasts)} {_when(same[0], ZoneInfo(time_zone))}: "
            f"{_amount(sum(gap.seen_per_day for gap in same))} events a day instead of "
            f"{_amount(sum(gap.expected_per_day for gap in same))}.",
            "If the shop was closed then, this is no fault."
            if every
            else "Check the tag or the export that tells them.",
            {
                "event_types": [gap.event_type for gap in same],
                "kind": kind,
                "started_at": same[0].started_at,
                "ended_at": same[0].ended_at,
            },
        )


def _days(gap: Gap) -> _Days:
    return gap.kind, gap.started_at, gap.ended_at


def _order(gap: Gap) -> tuple[datetime, str, float, str]:
    ended = gap.ended_at.timestamp() if gap.ended_at else float("inf")
    return gap.started_at, gap.kind, ended, gap.event_type


def _did(kind: str, *, several: bool, lasts: bool) -> str:
    verb = ("have" if several else "has") + " been" if lasts else ("were" if several else "was")
    return f"{verb} {'silent' if kind == SILENT else 'thinner than usual'}"


def _when(gap: Gap, zone: ZoneInfo) -> str:
    first = gap.started_at.astimezone(zone)
    if gap.ended_at is None:
        return f"since {first:%Y-%m-%d}"
    last = (gap.ended_at - timedelta(hours=12)).astimezone(zone)
    return f"on {first:%Y-%m-%d}" if first.date() == last.date() else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _amount(events: float) -> str:
    return f"{events:,.0f}" if events >= 10 or events == 0 else f"{events:.1f}"  # noqa: PLR2004
