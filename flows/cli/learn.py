"""Commands to learn and to judge: train, backtest."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

SHOWN = ("roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile")
SHOWN_OF_AMOUNTS = ("mean_actual", "mae", "spearman", "gini", "total_ratio", "captured_top_decile")


@click.command()
@options.project
@options.as_of
@click.option("--task", "names", multiple=True, help="Only this task; may be given several times.")
@options.as_json
def train(folder: Path, as_of: datetime | None, names: tuple[str, ...], *, as_json: bool) -> None:
    """Train each task on past cut-offs, judge it on later ones, promote what passes the gate."""
    from flows.project import open_project  # noqa: PLC0415
    from flows.training import train_tasks  # noqa: PLC0415
    from models.tasks import find_task  # noqa: PLC0415

    opened = open_project(folder)
    tasks = [find_task(name, opened.tasks) for name in names] or None
    with progress() as tell:
        tell("Training on past cut-offs")
        results = train_tasks(opened, options.moment_or_today(as_of), tasks)
    rows = [(result.task, result.version, result.promoted, " ".join(result.reasons)) for result in results]
    if as_json:
        print_json([dict(zip(("task", "version", "promoted", "why"), row, strict=True)) for row in rows])
    else:
        print_table("Models", ("task", "version", "in service", "why"), rows)


@click.command()
@options.project
@options.as_of
@click.option("--task", "name", default="churn", show_default=True, help="Which task to judge.")
@click.option("--horizon", type=options.Days(), default=None, show_default="the task's", help="Such as 90d.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write each customer's prediction (Parquet)."
)
@options.as_json
def backtest(
    folder: Path, as_of: datetime | None, name: str, horizon: timedelta | None, out: Path | None, *, as_json: bool
) -> None:
    """Say what a model would have predicted at a past moment, beside simple rules, held against what came."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    from flows.project import open_project  # noqa: PLC0415
    from flows.training import backtest_task  # noqa: PLC0415
    from models.tasks import find_task  # noqa: PLC0415

    opened = open_project(folder)
    task = find_task(name, opened.tasks)
    judged = replace(task, horizon=horizon) if horizon else task
    with progress() as tell:
        tell("Training as of then")
        result = backtest_task(opened, judged, options.moment_or_today(as_of))
    if out:
        pq.write_table(result.predictions, out)
    if as_json:
        print_json(result.to_json())
    else:
        print_backtest(result.to_json())


def print_backtest(figures: dict[str, Any]) -> None:
    """Print a model's figures above the rules', and the differences with their intervals."""
    ranking = "auc" if "auc_difference" in figures else "gini"
    shown = SHOWN if ranking == "auc" else SHOWN_OF_AMOUNTS
    title = f"{figures['task']}, {figures['horizon_days']:g} days, {figures['n']:,} customers"
    rows = [("model", figures), *figures["baselines"].items()]
    body = [(name, *(row[figure] for figure in shown)) for name, row in rows]
    if "base_rate" in figures:
        title += f", base rate {figures['base_rate']:.3f}"
    print_table(title, ("", *shown), body, numbers=shown)
    gaps = [
        (name, gap["difference"], gap["low"], gap["high"]) for name, gap in figures[f"{ranking}_difference"].items()
    ]
    header = ("model minus", f"{ranking} difference", "95 % from", "to")
    print_table("Better than a simple rule?", header, gaps, numbers=header[1:])
