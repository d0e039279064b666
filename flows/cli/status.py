"""The command that says where a project stands."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, shown

if TYPE_CHECKING:
    from flows.night.runs import RunRecord
    from flows.night.standing import Standing


@click.command()
@options.project
@options.as_json
def status(folder: Path, *, as_json: bool) -> None:
    """Say what the last runs came to, how fresh everything is, what is in service and what comes next."""
    from flows.night.standing import standing  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    now = options.now()
    found = standing(open_project(folder, keep_going=True), now)
    if as_json:
        print_json(asdict(found))
        return
    print_table(f"Status of {folder.resolve().name}", ("what", "how it is"), _rows(found, now))
    for one in (finding for last in found.last for finding in last.run.findings):
        if one.severity != "note":
            click.echo(f"{one.severity.capitalize()}: {one.sentence} {one.action}".rstrip())
    for last in found.last:
        for told in filter(lambda told: told["problem"], last.run.destinations):
            click.echo(f"Last {last.run.work}, {told['destination']} was not told to the end: {told['problem']}")
    for problem in found.problems:
        click.echo(f"Problem: {problem}")


def _rows(found: "Standing", now: datetime) -> Iterator[tuple[str, str]]:
    if not found.last:
        yield "last night", "none yet: segcast run"
    for one in found.last:
        yield f"last {one.run.work}", f"{one.outcome}, {_told(one.run)}"
    yield "event log", _aged("until", found.log_until, now)
    yield "publication", _aged(f"{found.publication} as of", found.published_as_of, now)
    for model in found.in_service:
        yield model.name, _aged(f"version {model.version}, trained as of", model.trained_as_of, now)
    for name, moment in found.next.items():
        yield f"next {name}", shown(moment) if moment else "never: [schedule] says none"


def _told(run: "RunRecord") -> str:
    began = f"began {shown(run.began)}, as of {shown(run.as_of)}"
    at = f", at the step {run.step}" if run.step else ""
    took = f", took {(run.ended - run.began).total_seconds():,.0f} s" if run.ended else ""
    why = run.error or run.held_back
    return f"{began}{at}{took}{f'. {why}' if why else ''}"


def _aged(what: str, moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "none yet"
    days = (now - moment).days
    return f"{what} {shown(moment)}, {'today' if days < 1 else '1 day ago' if days == 1 else f'{days:,} days ago'}"
