"""The command that tells destinations: sync."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import completion, options
from flows.cli.printing import print_json, print_table, progress

if TYPE_CHECKING:
    from flows.syncing.sync import Rehearsed, Synced
    from pipeline.publish.destinations.telling.differences import Difference
    from pipeline.publish.destinations.telling.told import PartPreview

FIRST_ROWS = 5
USERS_MISTAKE = 2
NUMBERS = ("sent", "taken back", "refused", "withheld", "unchanged")


@click.command()
@options.project
@click.option(
    "--to",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.destinations,
    help="Only this destination; can be given again.",
)
@click.option(
    "--publication",
    metavar="ID",
    default=None,
    show_default="the newest",
    shell_complete=completion.publications,
    help="Tell of this one.",
)
@click.option("--dry-run", is_flag=True, help="Show exactly what would go, and tell nobody.")
@options.as_json
def sync(folder: Path, names: Sequence[str], publication: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Tell every destination what has changed since it was told last.

    A destination that cannot be reached stops no other; it is told with the next sync. The exit code is 2 if any is not
    told to the end.
    """
    from flows.project import open_project  # noqa: PLC0415
    from flows.syncing import sync as syncing  # noqa: PLC0415

    project = open_project(folder)
    if not project.settings.destinations:
        click.echo("Nothing to tell: segcast.toml names no destinations. See docs/destinations.md.", err=True)
    if dry_run:
        first = None if as_json else FIRST_ROWS
        with progress() as tell:
            tell("Comparing")
            found = syncing.rehearse(project, options.now(), names, publication=publication, first=first)
        print_json([_rehearsed(one) for one in found]) if as_json else print_rehearsed(found)
        leave_if_failed(found)
    else:
        with progress() as tell:
            done = syncing.sync(project, options.now(), names, publication=publication, tell=tell)
        print_json([one.to_json() for one in done]) if as_json else print_synced(done)
        leave_if_failed(done)


def print_synced(done: "Sequence[Synced]") -> None:
    """Print what became of every destination, by part, and the problem of each that has one."""
    rows = [(one.destination, *row) for one in done for row in _told_rows(one)]
    if rows:
        print_table("Told", ("destination", "part", *NUMBERS), rows, numbers=NUMBERS)
    for one in done:
        if one.told:
            for part in one.told.parts:
                _print_reasons(one.destination, str(part.part), "refused", part.refused)
                _print_reasons(one.destination, str(part.part), "withheld", part.withheld)
    _print_problems(done)


def leave_if_failed(found: "Sequence[Synced | Rehearsed]") -> None:
    """End the command with exit code 2 if a destination was not told to the end."""
    if any(one.problem for one in found):
        sys.exit(USERS_MISTAKE)


def print_rehearsed(found: "Sequence[Rehearsed]") -> None:
    """Print how much would go by destination and part, and the first customers of each, before and after."""
    counts = [(one.destination, *row) for one in found for row in _rehearsed_rows(one)]
    if counts:
        header = ("destination", "part", "to send", "to take back", "withheld", "unchanged")
        print_table("Nothing was told. A sync would tell", header, counts, numbers=header[2:])
    for one in found:
        for part in one.parts:
            _print_reasons(one.destination, str(part.part), "withheld", part.withheld)
            if part.rows:
                rows = [(row.customer_id, _changes(row)) for row in part.rows]
                print_table(f"{_how_many(part)} at {one.destination}: {part.part}", ("customer", "change"), rows)
    if any(part.rows for one in found for part in one.parts):
        click.echo("All of it, to the last value: --json")
    _print_problems(found)


def _told_rows(one: "Synced") -> Iterator[tuple[object, ...]]:
    for part in one.told.parts if one.told else ():
        refused, withheld = (sum(some.values()) for some in (part.refused, part.withheld))
        yield str(part.part), part.sent, part.withdrawn, refused, withheld, part.unchanged
    for name, count in one.changed.items():
        yield name, count, None, None, None, None


def _rehearsed_rows(one: "Rehearsed") -> Iterator[tuple[object, ...]]:
    for part in one.parts:
        yield str(part.part), part.sent, part.withdrawn, sum(part.withheld.values()), part.unchanged
    for name, count in one.changed.items():
        yield name, count, None, None, None


def _rehearsed(one: "Rehearsed") -> dict[str, Any]:
    parts = [
        {
            "part": str(part.part),
            "sent": part.sent,
            "withdrawn": part.withdrawn,
            "unchanged": part.unchanged,
            "withheld": part.withheld,
            "rows": [_difference(row) for row in part.rows],
        }
        for part in one.parts
    ]
    return {
        "destination": one.destination,
        "to": one.to,
        "parts": parts,
        "changed": one.changed,
        "problem": one.problem,
    }


def _difference(row: "Difference") -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "before": row.before,
        "after": row.after,
        "is_new": row.is_new,
        "is_withdrawal": row.is_withdrawal,
    }


def _how_many(part: "PartPreview") -> str:
    every = part.sent + part.withdrawn
    return f"The first {len(part.rows)} of {every:,}" if len(part.rows) < every else f"All {every:,}"


def _changes(row: "Difference") -> str:
    """Write what changes of one customer; of somebody new, what they become, what is false only counted."""
    if row.is_withdrawal:
        return f"taken back: {len(row.after)} values"
    if not row.is_new:
        told = (f"{name} {_written(row.before.get(name))} → {_written(value)}" for name, value in row.after.items())
        return ", ".join(told)
    true = [f"{name} {_written(value)}" for name, value in row.after.items() if value is not False]
    false = len(row.after) - len(true)
    return ", ".join([*true, *([f"and {false} that are false"] if false else [])])


def _written(value: object) -> str:
    """Write a value exactly as it goes."""
    return json.dumps(value, ensure_ascii=False)


def _print_reasons(destination: str, part: str, what: str, reasons: Mapping[str, int]) -> None:
    for reason, count in reasons.items():
        click.echo(f"{destination}, {part}: {count:,} {what}: {reason}")


def _print_problems(found: "Sequence[Synced | Rehearsed]") -> None:
    for one in found:
        if one.problem:
            click.echo(f"{one.destination}: {one.problem}", err=True)
