"""Commands that publish: score, publish, run."""

import csv
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import options
from flows.cli.begin import print_ingests
from flows.cli.printing import print_json, print_table, print_warnings, progress
from flows.cli.sync import leave_if_failed, print_synced
from pipeline.errors import DestinationError

if TYPE_CHECKING:
    from flows.night.night import Night
    from flows.night.runs import RunRecord
    from flows.project import Project
    from flows.syncing.sync import Synced
    from pipeline.events.quality.finding import Finding
    from pipeline.publish.publication import Publication

HELD_BACK = 3  # the exit code of a night whose publication the monitor held back
NOTHING_PUBLISHED: Mapping[str, object] = {"publication": None, "segments": []}
KEEP_GOING = click.option("--keep-going", is_flag=True, help="Leave out segments that make no sense, publish the rest.")


@click.command()
@options.project
@options.as_of
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the profiles (Parquet).")
@options.as_json
def score(folder: Path, as_of: datetime | None, out: Path | None, *, as_json: bool) -> None:
    """Predict for every customer with the models in service, without publishing."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting import scoring  # noqa: PLC0415

    opened = open_project(folder)
    with progress() as tell:
        tell("Scoring every customer")
        profiles = scoring.score(opened, options.moment_or_today(as_of))
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
    from flows.project import open_project  # noqa: PLC0415
    from flows.publishing import keeping, pressing  # noqa: PLC0415
    from flows.segmenting import scoring  # noqa: PLC0415

    opened = open_project(folder, keep_going=keep_going)
    with progress() as tell:
        tell("Scoring every customer")
        profiles = scoring.score(opened, options.moment_or_today(as_of))
        tell("Publishing")
        publication = pressing.press(opened, profiles, keep_going=keep_going)
        kept = keeping.keep(opened, publication)
    print_warnings(kept.warnings)
    if as_json:
        print_json({**_publication_as_json(publication), "removed": kept.removed, "destinations": []})
    else:
        print_publication(publication, kept.removed)


@click.command()
@options.project
@options.as_of
@click.option("--retrain", is_flag=True, help="Train though every task has a model in service.")
@KEEP_GOING
@click.option("--anyway", is_flag=True, help="Publish whatever the monitor found.")
@click.option("--wait", is_flag=True, help="Wait for a night that is under way, rather than refuse.")
@click.option("--flow", "as_flow", is_flag=True, help="Run as a Prefect flow, recorded where Prefect is configured to.")
@options.as_json
def run(folder: Path, as_of: datetime | None, *, as_flow: bool, as_json: bool, **wishes: bool) -> None:
    """Do the night's work: ingest, train where needed, score, publish, and tell every destination.

    The exit code is 3 where the monitor held the publication back.
    """
    from flows.night.night import night  # noqa: PLC0415
    from flows.night.order import ORDER  # noqa: PLC0415
    from flows.plain import plain_do  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    opened, moment = open_project(folder, keep_going=wishes["keep_going"]), options.moment_or_today(as_of)
    if as_flow:
        _run_flow(opened, moment, wishes, as_json=as_json)
        return
    with progress() as tell:
        done = night(opened, moment, options.now(), do=plain_do(tell, order=ORDER), **wishes)
    print_night(done, as_json=as_json)
    if done.publication is None:
        sys.exit(HELD_BACK)
    leave_if_failed(done.synced)


def _run_flow(opened: "Project", as_of: datetime, wishes: Mapping[str, bool], *, as_json: bool) -> None:
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")  # its own, where there is none
    from flows.night.runs import last_run  # noqa: PLC0415
    from flows.nightly import HeldBackError, nightly  # noqa: PLC0415 - Prefect takes seconds to import
    from pipeline.publish.published import named  # noqa: PLC0415

    problem: HeldBackError | DestinationError | None = None
    try:
        nightly(str(opened.folder), as_of, options.now(), **wishes)
    except (HeldBackError, DestinationError) as error:
        problem = error
    ended = last_run(opened.folder)
    published = named(opened.published, ended.publication) if ended and ended.publication else None
    if ended and as_json:
        print_json(record_as_json(ended, published))
    elif ended and published:
        print_publication(published, ended.removed)
    if isinstance(problem, HeldBackError):
        if not as_json:
            click.echo(problem)
        sys.exit(HELD_BACK)
    if problem:
        raise problem


def print_night(done: "Night", *, as_json: bool) -> None:
    """Print what came of a night: what came in, what was learned and found, and the publication, if there is one."""
    warnings = [warning for result in done.trained for warning in result.warnings]
    print_warnings([*warnings, *done.kept.warnings, *filter(None, [done.unheard])])
    if as_json:
        print_json(_night_as_json(done))
        return
    print_ingests(done.ingested)
    for result in done.trained:
        click.echo(
            f"{result.task}: {'in service' if result.promoted else 'not in service'}. {' '.join(result.reasons)}"
        )
    for one in done.findings:
        if one.severity != "note":
            click.echo(f"{one.severity.capitalize()}: {one.sentence} {one.action}".rstrip())
    if done.publication is None:
        click.echo(done.held_back)
        print_synced(done.synced)
    else:
        print_publication(done.publication, done.kept.removed, done.synced)


def _night_as_json(done: "Night") -> dict[str, Any]:
    published = done.publication
    told = {"removed": done.kept.removed, "destinations": [one.to_json() for one in done.synced]}
    return {**_run_as_json(done, published), **told}


def record_as_json(run: "RunRecord", published: "Publication | None") -> dict[str, Any]:
    """Return a run as its record tells it, the same object that a night has."""
    return {**_run_as_json(run, published), "removed": run.removed, "destinations": run.destinations}


def _run_as_json(run: "Night | RunRecord", published: "Publication | None") -> dict[str, Any]:
    return {
        **(_publication_as_json(published) if published else NOTHING_PUBLISHED),
        "run_id": run.run_id,
        "outcome": run.outcome,
        "held_back": run.held_back or None,
        "findings": [finding_as_json(one) for one in run.findings],
        "trained": [{"task": one.task, "version": one.version, "promoted": one.promoted} for one in run.trained],
    }


def finding_as_json(one: "Finding") -> dict[str, Any]:
    """Return a finding as an object of JSON."""
    return {"about": one.about, "severity": one.severity, "sentence": one.sentence, "action": one.action}


def print_publication(publication: "Publication", removed: Sequence[str] = (), synced: "Sequence[Synced]" = ()) -> None:
    """Print the segments, where the report is, which old publications were removed, and who was told."""
    rows = list(_segments(publication))
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


def _publication_as_json(publication: "Publication") -> dict[str, Any]:
    rows = [{**row, **_as_numbers(row)} for row in _segments(publication)]
    return {"publication": publication.publication_id, "path": publication.path, "segments": rows}


def _as_numbers(row: Mapping[str, str]) -> dict[str, float | None]:
    counts = {name: int(row[name]) if row[name] else None for name in ("size", "entered", "left")}
    return {**counts, "share": float(row["share"]) if row["share"] else None}


def _left_out(publication: "Publication") -> dict[str, list[str]]:
    """Return the segments that were not decided by the reason, which several may share."""
    found: dict[str, list[str]] = {}
    for entry in publication.manifest["left_out"]:
        found.setdefault(entry["reason"], []).append(entry["segment"])
    return found


def _segments(publication: "Publication") -> Iterator[dict[str, str]]:
    with (publication.path / "segments.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
