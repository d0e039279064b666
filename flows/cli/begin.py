"""Commands to begin with: demo, init, ingest."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import completion, options
from flows.cli.printing import print_json, print_table, progress

if TYPE_CHECKING:
    from pipeline.sources.reports import IngestReport, Preview

LONGEST_SHOWN = 300


@click.command()
@options.project
@click.option(
    "--customers", default=20_000, show_default=True, type=click.IntRange(min=1), help="How many to simulate."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same shop.")
@options.as_json
def demo(folder: Path, customers: int, seed: int, *, as_json: bool) -> None:
    """Simulate a shop, learn from it and publish its segments.

    The shop's files, its event log, models and publications lie in the project folder afterwards; look around.
    """
    from flows.cli.press import print_night  # noqa: PLC0415
    from flows.demo import run_demo  # noqa: PLC0415

    with progress() as tell:
        done = run_demo(folder, customers, seed, tell=tell)
    print_night(done, as_json=as_json)


@click.command()
@options.project
@click.option("--name", default="My shop", show_default=True, help="The shop's name.")
@options.as_json
def init(folder: Path, name: str, *, as_json: bool) -> None:
    """Make a project folder with a segcast.toml to fill in."""
    from flows.demo import write_settings  # noqa: PLC0415

    path = write_settings(folder, name)
    if as_json:
        print_json({"settings": path})
        return
    click.echo(f"Wrote {path}. Name your files and their columns in it, then: segcast run --project {folder}")


@click.command()
@options.project
@click.option("--source", "name", default=None, shell_complete=completion.sources, help="Only the source of this name.")
@click.option("--dry-run", is_flag=True, help="Show what would be stored and what would not, and store nothing.")
@options.as_json
def ingest(folder: Path, name: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Bring new files of every source into the event log, all of them or none."""
    from dataclasses import asdict  # noqa: PLC0415

    from flows import ingesting  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    project = open_project(folder)
    with progress() as tell:
        tell("Reading the sources")
        if dry_run:
            preview = ingesting.preview(project, options.now(), name)
        else:
            reports = ingesting.ingest(project, options.now(), name)
    if dry_run:
        print_preview(preview, as_json=as_json)
    elif as_json:
        print_json([asdict(report) for report in reports])
    else:
        print_ingests(reports)


def print_preview(preview: "Preview", *, as_json: bool) -> None:
    """Print the first rows of each table as they would be stored, and the first of those that would not be."""
    from dataclasses import asdict  # noqa: PLC0415

    if as_json:
        rows = {name: table.to_pylist() for name, table in preview.rows.items()}
        reports = [asdict(report) for report in preview.reports]
        print_json({"reports": reports, "rows": rows, "rejects": [asdict(reject) for reject in preview.rejects]})
        return
    for name, table in preview.rows.items():
        told = [column for column in table.column_names if table[column].null_count < len(table)]
        print_table(f"The first rows of {name}", told, (row.values() for row in table.select(told).to_pylist()))
    if preview.rejects:
        rejects = [(one.file, one.line, one.reason, (one.row or "")[:LONGEST_SHOWN]) for one in preview.rejects]
        print_table("Not kept", ("file", "line", "reason", "row"), rejects, numbers=("line",))
    print_ingests(preview.reports)


def print_ingests(reports: "Sequence[IngestReport]") -> None:
    """Print what became of every new file and why rows were set aside, and how many files were read before."""
    header = ("source", "file", "rows read", "kept", "duplicates", "set aside", "events written")
    rows = [
        (
            report.source,
            report.file,
            report.rows_read,
            report.rows_kept,
            report.duplicates,
            sum(report.quarantined.values()),
            report.rows_written,
        )
        for report in reports
        if not report.known
    ]
    if rows:
        print_table("Files", header, rows, numbers=header[2:])
    if known := len(reports) - len(rows):
        click.echo(f"Read before, with nothing new in them: {known:,} file{'s' if known > 1 else ''}.")
    reasons = [(report.file, reason, rows) for report in reports for reason, rows in report.quarantined.items()]
    if reasons:
        print_table("Set aside", ("file", "reason", "rows"), reasons, numbers=("rows",))
