"""Commands that publish: score, publish, run."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.begin import print_ingests
from flows.cli.printing import print_json, print_table, print_warnings, progress
from flows.cli.sync import leave_if_failed, print_synced, synced_as_json
from pipeline.errors import DestinationError

if TYPE_CHECKING:
    from flows.syncing import Synced
    from pipeline.publish.publication import Publication

KEEP_GOING = click.option("--keep-going", is_flag=True, help="Leave out segments that make no sense, publish the rest.")


@click.command()
@options.project
@options.as_of
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the profiles (Parquet).")
@options.as_json
def score(folder: Path, as_of: datetime | None, out: Path | None, *, as_json: bool) -> None:
    """Predict for every customer with the models in service, without publishing."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    from flows import pressing  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    opened = open_project(folder)
    with progress() as tell:
        tell("Scoring every customer")
        profiles = pressing.score(opened, options.moment_or_today(as_of))
    if out:
        pq.write_table(profiles.table, out)
    known = {name: len(profiles) - profiles.table[name].null_count for name in profiles.predictions}
    if as_json:
        print_json({"as_of": profiles.as_of, "customers": len(profiles), "predicted": known})
    else:
        print_table(f"{len(profiles):,} customers", ("prediction", "customers"), known.items(), numbers=("customers",))


@click.command()
@options.project
@options.as_of
@KEEP_GOING
@options.as_json
def publish(folder: Path, as_of: datetime | None, *, keep_going: bool, as_json: bool) -> None:
    """Score, decide the segments and publish lists and report."""
    from flows import keeping, pressing  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    opened = open_project(folder, keep_going=keep_going)
    with progress() as tell:
        tell("Scoring every customer")
        profiles = pressing.score(opened, options.moment_or_today(as_of))
        tell("Publishing")
        publication = pressing.press(opened, profiles, keep_going=keep_going)
        kept = keeping.keep(opened, publication)
    print_warnings(kept.warnings)
    print_publication(publication, kept.removed, as_json=as_json)


@click.command()
@options.project
@options.as_of
@click.option("--retrain", is_flag=True, help="Train though every task has a model in service.")
@KEEP_GOING
@click.option("--flow", "as_flow", is_flag=True, help="Run as a Prefect flow, recorded where Prefect is configured to.")
@options.as_json
def run(folder: Path, as_of: datetime | None, *, retrain: bool, keep_going: bool, as_flow: bool, as_json: bool) -> None:
    """Do the night's work: ingest, train where needed, score, publish, and tell every destination."""
    from flows import running  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from pipeline.publish.published import latest  # noqa: PLC0415

    opened, moment = open_project(folder, keep_going=keep_going), options.moment_or_today(as_of)
    if as_flow:
        from flows.nightly import nightly  # noqa: PLC0415 - Prefect takes seconds to import

        problem = None
        try:
            nightly(str(folder), moment, options.now(), retrain=retrain, keep_going=keep_going)
        except DestinationError as error:
            problem = error
        publication = latest(opened.published)
        if publication:
            print_publication(publication, as_json=as_json)
        if problem:
            raise problem
        return
    with progress() as tell:
        done = running.run(opened, moment, options.now(), retrain=retrain, tell=tell, keep_going=keep_going)
    warnings = (warning for result in done.trained for warning in result.warnings)
    print_warnings([*warnings, *done.kept.warnings])
    if not as_json:
        print_ingests(done.ingested)
        for result in done.trained:
            click.echo(
                f"{result.task}: {'in service' if result.promoted else 'not in service'}. {' '.join(result.reasons)}"
            )
    print_publication(done.publication, done.kept.removed, done.synced, as_json=as_json)
    leave_if_failed(done.synced)


def print_publication(
    publication: "Publication", removed: Sequence[str] = (), synced: "Sequence[Synced]" = (), *, as_json: bool
) -> None:
    """Print the segments, where the report is, which old publications were removed, and who was told."""
    rows = list(_segments(publication))
    if as_json:
        told = {"publication": publication.publication_id, "path": publication.path, "segments": rows}
        print_json({**told, "removed": removed, "destinations": [synced_as_json(one) for one in synced]})
        return
    header = ("segment", "kind", "size", "share", "entered", "left", "title")
    body = [[f"{float(row[name]):.1%}" if name == "share" else row[name] for name in header] for row in rows]
    day = f"{publication.as_of:%Y-%m-%d}"
    print_table(f"Segments as of {day}", header, body, numbers=header[2:6])
    for reason, names in _left_out(publication).items():
        click.echo(f"Left out: {', '.join(names)}: {reason}")
    for note in publication.manifest["notes"]:
        click.echo(f"Note: {note}")
    if removed:
        last = removed[-1]
        click.echo(f"Removed: {last}" + (f" and {len(removed) - 1} older" if len(removed) > 1 else ""))
    click.echo(f"Report: {publication.path / 'report.html'}")
    print_synced(synced)


def _left_out(publication: "Publication") -> dict[str, list[str]]:
    """Return the segments that were not decided by the reason, which several may share."""
    found: dict[str, list[str]] = {}
    for entry in publication.manifest["left_out"]:
        found.setdefault(entry["reason"], []).append(entry["segment"])
    return found


def _segments(publication: "Publication") -> Iterator[dict[str, str]]:
    with (publication.path / "segments.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
