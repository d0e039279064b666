"""Commands about tasks: what is predicted and of whom, what could be, and how far ahead to look."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from flows.learning.suggesting import Suggestions
    from flows.project import Project

HEADER = ("task", "in words", "population", "target", "horizon", "state", "model")


@click.group(invoke_without_command=True)
@options.project
@options.as_json
@click.pass_context
def tasks(ctx: click.Context, folder: Path, *, as_json: bool) -> None:
    """List the tasks that are on and those that are ready, or suggest a horizon.

    A ready task is switched on by naming it in segcast.toml, as [tasks.purchase_7d]. Any other name under [tasks] is a
    goal of the shop's own, with a population, a target and a horizon.
    """
    if ctx.invoked_subcommand is not None:
        return
    from flows.project import open_project  # noqa: PLC0415

    rows = list(_rows(open_project(folder)))
    if as_json:
        print_json(rows)
    else:
        print_table("Tasks", HEADER, [tuple(row[name] for name in HEADER) for row in rows])
        click.echo("A ready task is switched on by naming it in segcast.toml, such as [tasks.purchase_7d].")


@tasks.command()
@options.project
@options.as_of
@options.as_json
def suggest(folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Suggest a horizon from how long the shop's own customers take to order again."""
    from flows.learning.suggesting import suggest as suggest_horizons  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    found = suggest_horizons(open_project(folder), options.moment_or_today(as_of))
    if as_json:
        print_json(asdict(found))
        return
    click.echo(found.overall.in_words)
    _print_shares(found)


def _rows(project: "Project") -> Iterator[dict[str, Any]]:
    """Yield what is told of each task: those that are on with their model or why there is none, then the ready ones."""
    from flows.goals import ready_beside  # noqa: PLC0415
    from flows.learning.missing import missing_predictions  # noqa: PLC0415
    from models.registry import CHAMPION  # noqa: PLC0415

    missing = missing_predictions(project, ())
    for task in project.tasks:
        version = project.registry.find(task.name, CHAMPION)
        model = missing[task.prediction] if version is None else f"version {version.number} is in service"
        yield _row(task, "on", model)
    for task in ready_beside(project.tasks):
        yield _row(task, "ready", "none, as the task is not on")


def _row(task: Any, state: str, model: str) -> dict[str, Any]:  # noqa: ANN401 - models.tasks is not needed for --help
    told = (task.name, task.in_words, task.population, task.target, f"{task.horizon_days:g} days", state, model)
    return {**dict(zip(HEADER, told, strict=True)), "horizon_days": task.horizon_days}


def _print_shares(found: "Suggestions") -> None:
    """Print which share of repeat orders each candidate holds, for first orders and for later ones."""
    parts = {"all": found.overall, "after the first order": found.after_first, "after later orders": found.after_later}
    known = {name: part for name, part in parts.items() if part is not None}
    body = [(f"{days} days", *(part.within.get(days) for part in known.values())) for days in found.overall.within]
    print_table("Share of repeat orders that come within", ("", *known), body, numbers=tuple(known))
