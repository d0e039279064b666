"""The command that shows where publications go: destinations."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from flows.syncing.outside import Outside
    from pipeline.publish.destinations.outbox.outbox import RefusedRow


@click.command()
@options.project
@click.option("--refused", is_flag=True, help="Show every row that was refused, and why.")
@options.as_json
def destinations(folder: Path, *, refused: bool, as_json: bool) -> None:
    """Show where publications go: what each destination holds, when it was told, what it refused."""
    from dataclasses import asdict  # noqa: PLC0415

    from flows.project import open_project  # noqa: PLC0415
    from flows.syncing.outside import look_outside, refused_rows  # noqa: PLC0415

    project = open_project(folder)
    if refused:
        rows = refused_rows(project)
        print_json([_refusal(row) for row in rows]) if as_json else print_refused(rows)
        return
    found = look_outside(project)
    print_json([asdict(one) for one in found]) if as_json else print_outside(found)


def print_outside(found: "Sequence[Outside]") -> None:
    """Print a row a destination and part."""
    header = ("destination", "to", "told of", "at (UTC)", "part", "holds", "refused", "under way")
    rows = [row for one in found for row in _outside_rows(one)]
    if rows:
        print_table("Destinations", header, rows, numbers=header[5:])
    for one in found:
        for sentence in one.missing:
            click.echo(sentence)
        if not one.configured:
            click.echo(f"{one.name} is not in segcast.toml any more, and holds what it was told.")
    if not found:
        click.echo("segcast.toml names no destinations. See docs/destinations.md.")


def print_refused(rows: "Sequence[RefusedRow]") -> None:
    """Print every refused row."""
    body = [
        (row.destination, str(row.part), row.customer_id, row.reason, row.attempts, row.first_at[:16], row.last_at[:16])
        for row in rows
    ]
    header = ("destination", "part", "customer", "reason", "attempts", "first (UTC)", "last (UTC)")
    print_table("Refused; they go again with every sync", header, body, numbers=("attempts",))


def _refusal(row: "RefusedRow") -> dict[str, Any]:
    return {
        "destination": row.destination,
        "part": str(row.part),
        "customer_id": row.customer_id,
        "reason": row.reason,
        "attempts": row.attempts,
        "first_at": row.first_at,
        "last_at": row.last_at,
    }


def _outside_rows(one: "Outside") -> Iterator[tuple[object, ...]]:
    about = (one.name, one.to, one.told_of, one.told_at)
    if not one.parts:
        yield *about, None, None, None, one.under_way
    for place, part in enumerate(one.parts):
        first = place == 0
        names = about if first else ("", "", "", "")
        yield *names, part.part, part.holds, part.refused, one.under_way if first else None
