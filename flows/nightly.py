"""The Prefect flows: the night, training and past days, each a thin shell around one plain function.

Importing this takes seconds, because Prefect does. `segcast serve` deploys them by module path; run one now with
`segcast run --flow`. Folders are strings, as Prefect keeps parameters as JSON.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import Flow, flow, get_run_logger
from prefect.runtime import flow_run

from flows.backfilling import backfill as publish_past_days
from flows.backfilling import past_days
from flows.deployed.artifacts import show_destinations, show_findings, show_models, show_past_days, show_segments
from flows.deployed.carrying import prefect_do
from flows.learning.training import Trained
from flows.night.night import Night, night
from flows.night.retraining import compared
from flows.night.retraining import retrain as train_and_judge
from flows.project import Project, open_project
from flows.serving import slug
from flows.syncing.sync import raise_problems
from pipeline.errors import SegcastError
from pipeline.events.quality.finding import Finding, Severity

LEVELS = {Severity.NOTE: logging.INFO, Severity.WARNING: logging.WARNING, Severity.SEVERE: logging.ERROR}


class HeldBackError(SegcastError):
    """What was found held the publication back; the last one stays in force."""


@flow(name="segcast-nightly", persist_result=False)
def nightly(
    folder: str,
    as_of: datetime | None = None,
    at: datetime | None = None,
    *,
    retrain: bool = False,
    keep_going: bool = False,
    anyway: bool = False,
    wait: bool = True,
) -> str:
    """Do the night's work as `flows.night.night` says, and return the publication's id.

    `as_of` bounds what is read, by default the last midnight before the run was to start; `at` is the present. A
    HeldBackError where the monitor holds the publication back; a DestinationError where it stands, but not everybody
    was told of it.
    """
    project, present = open_project(Path(folder), keep_going=keep_going), in_utc(at) if at else datetime.now(UTC)
    done = night(
        project,
        in_utc(as_of) if as_of else last_midnight(scheduled(present)),
        present,
        do=prefect_do,
        retrain=retrain,
        keep_going=keep_going,
        anyway=anyway,
        wait=wait,
    )
    _show(project, done)
    if done.publication is None:
        raise HeldBackError(done.held_back)
    raise_problems(done.synced)
    return done.publication.publication_id


@flow(name="segcast-retrain", persist_result=False)
def retrain(folder: str, as_of: datetime | None = None, *, wait: bool = True) -> dict[str, bool]:
    """Train every task, judge it and put into service what passes; return what did, by task."""
    project = open_project(Path(folder))
    present = datetime.now(UTC)
    moment = in_utc(as_of) if as_of else last_midnight(scheduled(present))
    trained = train_and_judge(project, moment, present, do=prefect_do, wait=wait)
    _show_trained(project, trained)
    return {one.task: one.promoted for one in trained}


@flow(name="segcast-backfill", persist_result=False)
def backfill(
    folder: str,
    since: datetime,
    until: datetime | None = None,
    every_days: int = 7,
    retrain_every_days: int = 90,
    *,
    wait: bool = True,
) -> dict[str, str]:
    """Publish as of past days that have no publication; return the ids of all, by day."""
    project = open_project(Path(folder))
    present = datetime.now(UTC)
    today = last_midnight(present)
    end = min(in_utc(until), today) if until else today
    days = past_days(in_utc(since), end, timedelta(days=every_days))
    every = timedelta(days=retrain_every_days)
    done = publish_past_days(project, days, present, do=prefect_do, retrain_every=every, wait=wait)
    show_past_days(_shop(project), done)
    return {f"{one.as_of:%Y-%m-%d}": one.publication_id for one in done}


def scheduled(present: datetime) -> datetime:
    """Return when the run was to start, which may be long before it does; of one to start later, the present."""
    return min(datetime.fromtimestamp(flow_run.scheduled_start_time.timestamp(), UTC), present)


def in_utc(moment: datetime) -> datetime:
    """Return a moment given as a parameter; without an offset it is UTC, as on the command line."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def last_midnight(moment: datetime) -> datetime:
    """Return the start of a moment's day, in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _show(project: Project, done: Night) -> None:
    """Let Prefect's page and log tell of a night."""
    shop = _shop(project)
    if done.publication is not None:
        show_segments(shop, done.publication)
    show_findings(shop, done.findings, done.held_back)
    show_destinations(shop, done.synced)
    _show_trained(project, done.trained)
    _log_findings(done.findings)
    for warning in filter(None, [*done.kept.warnings, done.unheard]):
        get_run_logger().warning(warning)
    for name in done.kept.removed:
        get_run_logger().info("Removed: %s", name)


def _show_trained(project: Project, trained: tuple[Trained, ...]) -> None:
    if trained:
        show_models(_shop(project), trained, compared(project, trained))
    for warning in dict.fromkeys(warning for one in trained for warning in one.warnings):
        get_run_logger().warning(warning)


def _shop(project: Project) -> str:
    return slug(project.settings.shop.name)


def _log_findings(findings: Iterable[Finding]) -> None:
    for one in findings:
        get_run_logger().log(LEVELS[one.severity], "%s: %s %s", one.about, one.sentence, one.action)


FLOWS: Mapping[str, Flow[..., Any]] = {"nightly": nightly, "retrain": retrain, "backfill": backfill}
