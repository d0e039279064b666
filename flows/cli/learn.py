"""Commands to learn and to judge: train, backtest."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

SHOWN = ("roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile")
TEXTS = ("who", "rule")
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
    import pyarrow.parquet as pq  # noqa: PLC0415

    from flows.backtesting import backtest_task  # noqa: PLC0415
    from flows.judging import beside_champion  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from models.tasks import find_task  # noqa: PLC0415

    opened = open_project(folder)
    task = find_task(name, opened.tasks)
    judged = replace(task, horizon=horizon) if horizon else task
    with progress() as tell:
        tell("Training as of then")
        result = backtest_task(opened, judged, options.moment_or_today(as_of))
        tell("Holding it against the champion")
        met = beside_champion(opened, result)
    if out:
        pq.write_table(result.predictions, out)
    figures = {**result.to_json(), "champion": met.to_json() if met else None}
    if as_json:
        print_json(figures)
        return
    print_backtest(figures)
    if deciles:
        print_deciles(figures)
    if slices:
        print_slices(figures)


def print_backtest(figures: dict[str, Any]) -> None:
    """Print a model's figures above the rules', and the differences with their intervals."""
    ranking = "auc" if "auc_difference" in figures else "gini"
    shown = SHOWN if ranking == "auc" else SHOWN_OF_AMOUNTS
    title = f"{figures['task']}, {figures['horizon_days']:g} days, {figures['n']:,} customers"
    rows = [("model", figures), *figures["baselines"].items(), *_of_champion(figures, "champion")]
    body = [(name, *(row[figure] for figure in shown)) for name, row in rows]
    if "base_rate" in figures:
        title += f", base rate {figures['base_rate']:.3f}"
    print_table(title, ("", *shown), body, numbers=shown)
    against = [*figures[f"{ranking}_difference"].items(), *_of_champion(figures, "ranking_difference")]
    gaps = [(name, gap["difference"], gap["low"], gap["high"]) for name, gap in against]
    header = ("model minus", f"{ranking} difference", "95 % from", "to")
    print_table("Better than a simple rule?", header, gaps, numbers=header[1:])


def _of_champion(figures: dict[str, Any], what: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a row of the champion's, none where there is no fair comparison."""
    met = figures.get("champion")
    return [("champion", met[what])] if met else []


def print_deciles(figures: dict[str, Any]) -> None:
    """Print a row for each tenth of the customers, the highest predictions first."""
    header = ("decile", "n", "predicted", "observed", "lift", "captured_share", "captured_share_so_far")
    rows = [tuple(tenth[name] for name in header) for tenth in figures["deciles"]]
    print_table("By tenths, the highest predictions first", header, rows, numbers=header)


def print_slices(figures: dict[str, Any]) -> None:
    """Print a row for each kind of customer with enough of them, beside the better simple rule among them."""
    ranking, level = ("roc_auc", "ece") if "auc_difference" in figures else ("gini", "total_ratio")
    header = ("who", "customers", ranking, level, "rule", f"its {ranking}", "difference", "95 % from", "to")
    rows = [
        (
            *(part[name] for name in ("title", "customers", ranking, level, "rule")),
            part["rule_metrics"][ranking],
            *(part["difference"][name] for name in ("difference", "low", "high")),
        )
        for part in figures["slices"]
    ]
    print_table("For whom it is good", header, rows, numbers=tuple(name for name in header if name not in TEXTS))
