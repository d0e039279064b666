"""The command that publishes as of past days: backfill."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, print_warnings, progress

if TYPE_CHECKING:
    from flows.backfilling import Backfilled


@click.command()
@options.project
@click.option("--since", type=options.Moment(), required=True, help="The first day to publish as of.")
@click.option("--until", type=options.Moment(), default=None, show_default="the last midnight, UTC", help="The last.")
@click.option("--every", type=options.Days(), default="7 days", show_default=True, help="How far apart.")
@click.option(
    "--retrain-every",
    type=options.Days(),
    default="90 days",
    show_default=True,
    help="Train as of a day unless there are models trained within this time before it.",
)
@click.option("--keep-going", is_flag=True, help="Leave out segments that make no sense, publish the rest.")
@click.option("--wait", is_flag=True, help="Wait for a night that is under way instead of refusing.")
@options.as_json
def backfill(
    folder: Path,
    since: datetime,
    until: datetime | None,
    every: timedelta,
    retrain_every: timedelta,
    *,
    keep_going: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Publish as of past days, oldest first, each with models that knew nothing of what came later.

    Days with a publication are passed over, so it can be begun again. The models in service stay, and no destination
    is told.
    """
    from flows import backfilling  # noqa: PLC0415
    from flows.plain import plain_do  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    project = open_project(folder, keep_going=keep_going)
    days = backfilling.past_days(since, options.moment_or_today(until), every)
    print_warnings(filter(None, [backfilling.not_kept(project, days)]))
    with progress() as tell:
        done = backfilling.backfill(
            project,
            days,
            options.now(),
            do=plain_do(tell),
            retrain_every=retrain_every,
            keep_going=keep_going,
            wait=wait,
        )
    if as_json:
        print_json([asdict(one) for one in done])
        return
    rows = [(f"{one.as_of:%Y-%m-%d}", one.publication_id, _became(one)) for one in done]
    print_table("Past days", ("as of", "publication", "what was done"), rows)


def _became(one: "Backfilled") -> str:
    if one.stood:
        return "stood before"
    if not one.trained:
        return "published"
    served = [model.task for model in one.trained if model.promoted]
    return f"trained ({', '.join(served) or 'nothing'} passed) and published"
