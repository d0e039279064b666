"""Commands to learn and to judge: train, backtest."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import completion, options
from flows.cli.backtest_tables import print_backtest, print_deciles, print_slices
from flows.cli.printing import print_json, print_table, print_warnings, progress

if TYPE_CHECKING:
    from flows.project import Project
    from models.tasks import Task


@click.command()
@options.project
@options.as_of
@click.option(
    "--task",
    "names",
    multiple=True,
    shell_complete=completion.tasks,
    help="Only this task; may be given several times.",
)
@options.as_json
def train(folder: Path, as_of: datetime | None, names: tuple[str, ...], *, as_json: bool) -> None:
    """Train each task on past cut-offs, judge it on later ones, promote what passes the gate."""
    from flows.night.retraining import retrain  # noqa: PLC0415
    from flows.plain import plain_do  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from models.tasks import find_task  # noqa: PLC0415

    opened = open_project(folder)
    tasks = [find_task(name, opened.tasks) for name in names] or None
    with progress() as tell:
        tell("Reading what was known at past cut-offs")
        results = retrain(opened, options.moment_or_today(as_of), options.now(), do=plain_do(tell), tasks=tasks)
    rows = [(result.task, result.version, result.promoted, " ".join(result.reasons)) for result in results]
    print_warnings(warning for result in results for warning in result.warnings)
    if as_json:
        print_json([dict(zip(("task", "version", "promoted", "why"), row, strict=True)) for row in rows])
    else:
        print_table("Models", ("task", "version", "in service", "why"), rows)


@click.command()
@options.project
@options.as_of
@click.option(
    "--task",
    "name",
    default="churn",
    show_default=True,
    shell_complete=completion.tasks,
    help="Which task to judge.",
)
@click.option("--horizon", type=options.Days(), default=None, show_default="the task's", help="Such as 90d.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write each customer's prediction (Parquet)."
)
@click.option("--deciles", is_flag=True, help="Also print lift and captured share for each tenth of the customers.")
@click.option("--slices", is_flag=True, help="Also print how good it is for one-time, new, valuable … customers.")
@options.as_json
def backtest(
    folder: Path,
    as_of: datetime | None,
    name: str,
    horizon: timedelta | None,
    out: Path | None,
    *,
    deciles: bool,
    slices: bool,
    as_json: bool,
) -> None:
    """Say what a model would have predicted at a past moment, beside simple rules, held against what came."""
    from flows.project import open_project  # noqa: PLC0415
    from models.tasks import find_task  # noqa: PLC0415

    opened = open_project(folder)
    task = find_task(name, opened.tasks)
    figures = _judged(opened, replace(task, horizon=horizon) if horizon else task, as_of, out)
    if as_json:
        print_json(figures)
        return
    print_backtest(figures)
    if deciles:
        print_deciles(figures)
    if slices:
        print_slices(figures)


def _judged(project: "Project", task: "Task", as_of: datetime | None, out: Path | None) -> dict[str, Any]:
    """Return the figures of a backtest, the champion's beside them; each prediction goes to the file `out`."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    from flows.learning.backtesting import backtest_task  # noqa: PLC0415
    from flows.learning.judging import beside_champion  # noqa: PLC0415

    with progress() as tell:
        tell("Training as of then")
        result = backtest_task(project, task, options.moment_or_today(as_of))
        tell("Holding it against the champion")
        met = beside_champion(project, result)
    if out:
        pq.write_table(result.predictions, out)
    return {**result.to_json(), "champion": met.to_json() if met else None}
