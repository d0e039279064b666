"""The command that looks at the log: quality."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

if TYPE_CHECKING:
    from pipeline.events.gaps import Gap
    from pipeline.events.quality.finding import QualityReport

BARS = "▁▂▃▄▅▆▇█"
WEEKS_SHOWN = 26


@click.command()
@options.project
@click.option(
    "--as-of", type=options.Moment(), default=None, show_default="now", help="Read nothing from this moment on."
)
@options.as_json
def quality(folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Say what is amiss with the log: volumes, gaps of the tracker, times, duplicates, ids, bots.

    The gaps found are remembered, so that a silence of the tracker is never taken for one of the customers.
    """
    from flows.project import open_project  # noqa: PLC0415
    from flows.quality import look  # noqa: PLC0415
    from pipeline.events.quality.pace import suspects  # noqa: PLC0415

    opened = open_project(folder)
    moment = options.moment_or_today(as_of) if as_of else options.now()
    with progress() as tell:
        tell("Looking at the log")
        report = look(opened, moment)
    if as_json:
        suspected = opened.store.engine.to_pyarrow(suspects(opened.store, moment)).to_pylist()
        print_json({**_as_json(report), "suspects": suspected})
    else:
        print_report(report, opened.settings.shop.time_zone)


def print_report(report: "QualityReport", time_zone: str) -> None:
    """Print the findings, the gaps in days of the shop's calendar, and the volumes by event type."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    findings = [(one.severity, one.about, one.sentence, one.action) for one in report.findings]
    print_table("Findings", ("", "about", "finding", "what to do"), findings)
    header = ("event type", "gap", "first day", "last day", "events a day", "expected")
    gaps = [_gap_row(gap, ZoneInfo(time_zone)) for gap in report.gaps]
    if gaps:
        print_table("Gaps", header, gaps, numbers=header[4:])
    shown = ("event type", "events", "a day", "first", "last", f"last {WEEKS_SHOWN} weeks")
    print_table("Volumes", shown, _volume_rows(report), numbers=("events", "a day"))


def sparkline(weeks: list[int]) -> str:
    """Return counts as a line of bars, the highest for the greatest; nothing is a blank."""
    most = max(weeks, default=0)
    return "".join(BARS[(count * len(BARS) - 1) // most] if count else " " for count in weeks)


def _gap_row(gap: "Gap", zone: Any) -> tuple[object, ...]:  # noqa: ANN401 - the zone's module is not needed for --help
    last = None if gap.ended_at is None else (gap.ended_at - timedelta(hours=12)).astimezone(zone).date()
    first = gap.started_at.astimezone(zone).date()
    event_type = "every type" if gap.event_type == "*" else gap.event_type
    return event_type, gap.kind, first, last, gap.seen_per_day, gap.expected_per_day


def _volume_rows(report: "QualityReport") -> list[tuple[object, ...]]:
    rows = report.volumes.to_pylist()
    last = max(row["day"] for row in rows)
    by_type = {name: list(days) for name, days in groupby(rows, key=lambda row: row["event_type"])}
    found = [_volume_row(name, days, last) for name, days in by_type.items()]
    return sorted(found, key=lambda row: row[1], reverse=True)


def _volume_row(name: str, days: list[dict[str, Any]], last: date) -> tuple[Any, ...]:
    total = sum(day["events"] for day in days)
    first = days[0]["day"]
    weeks = [0] * WEEKS_SHOWN
    for day in days:
        ago = (last - day["day"]).days // 7
        if ago < WEEKS_SHOWN:
            weeks[-1 - ago] += day["events"]
    a_day = total / ((days[-1]["day"] - first).days + 1)
    return name, total, a_day, first, days[-1]["day"], sparkline(weeks)


def _as_json(report: "QualityReport") -> dict[str, Any]:
    return {
        "as_of": report.as_of,
        "findings": [asdict(one) for one in report.findings],
        "gaps": [asdict(gap) for gap in report.gaps],
        "volumes": report.volumes.to_pylist(),
    }
