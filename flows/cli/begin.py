"""Commands to begin with: demo, init, ingest."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

if TYPE_CHECKING:
    from pipeline.sources.reports import IngestReport


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
    from flows.cli.press import print_publication  # noqa: PLC0415
    from flows.demo import run_demo  # noqa: PLC0415

    with progress() as tell:
        publication = run_demo(folder, customers, seed, tell=tell)
    print_publication(publication, as_json=as_json)


@click.command()
@options.project
@click.option("--name", default="My shop", show_default=True, help="The shop's name.")
def init(folder: Path, name: str) -> None:
    """Make a project folder with a segcast.toml to fill in."""
    from flows.demo import write_settings  # noqa: PLC0415

    path = write_settings(folder, name)
    click.echo(f"Wrote {path}. Name your files and their columns in it, then: segcast run --project {folder}")


@click.command()
@options.project
@options.as_json
def ingest(folder: Path, *, as_json: bool) -> None:
    """Bring new files of every source into the event log."""
    from dataclasses import asdict  # noqa: PLC0415

    from flows.project import open_project  # noqa: PLC0415
    from pipeline.sources import ingest as ingesting  # noqa: PLC0415

    opened = open_project(folder)
    with progress() as tell:
        tell("Reading the sources")
        reports = ingesting.ingest(opened.store, opened.settings.sources, folder, options.now())
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        print_ingests(reports)


def print_ingests(reports: "Sequence[IngestReport]") -> None:
    """Print what became of every file, and why rows were set aside."""
    header = ("source", "file", "rows read", "kept", "duplicates", "set aside", "events written")
    rows = [
        (
            report.source,
            report.file + (" (known)" if report.known else ""),
            report.rows_read,
            report.rows_kept,
            report.duplicates,
            sum(report.quarantined.values()),
            report.rows_written,
        )
        for report in reports
    ]
    print_table("Files", header, rows, numbers=header[2:])
    reasons = [(report.file, reason, rows) for report in reports for reason, rows in report.quarantined.items()]
    if reasons:
        print_table("Set aside", ("file", "reason", "rows"), reasons, numbers=("rows",))
