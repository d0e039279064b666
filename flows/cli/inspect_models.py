"""Commands about models: list, card, promote, rollback."""

from pathlib import Path

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table


@click.group()
def models() -> None:
    """See, promote and roll back models."""


@models.command("list")
@options.project
@options.as_json
def list_models(folder: Path, *, as_json: bool) -> None:
    """List every version with its figures and whether it is in service."""
    from flows.project import open_project  # noqa: PLC0415

    opened = open_project(folder)
    versions = [version for task in opened.tasks for version in opened.registry.versions(task.name)]
    rows = [
        (
            version.name,
            version.number,
            ", ".join(version.aliases),
            version.card["training"]["trained_as_of"][:10],
            version.card["backtest"].get("roc_auc", version.card["backtest"].get("gini")),
        )
        for version in versions
    ]
    header = ("task", "version", "alias", "trained as of", "AUC or Gini")
    if as_json:
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        print_table("Models", header, rows, numbers=("version", "AUC or Gini"))


@models.command()
@click.argument("task")
@click.option("--version", "number", type=int, help="Which version; the one in service without it.")
@options.project
def card(task: str, number: int | None, folder: Path) -> None:
    """Print what a model was made from, how it was judged and what the gate said."""
    from flows.project import open_project  # noqa: PLC0415
    from models.registry import CHAMPION  # noqa: PLC0415
    from pipeline.errors import ModelError  # noqa: PLC0415

    registry = open_project(folder).registry
    wanted = [version for version in registry.versions(task) if number in (version.number, None)]
    found = next((version for version in wanted if number or CHAMPION in version.aliases), None)
    if found is None:
        raise ModelError(f"Expected a version of {task} to show, found none in service. Try `segcast models list`.")
    print_json(found.card)


@models.command()
@click.argument("task")
@click.argument("version", type=int)
@options.project
def promote(task: str, version: int, folder: Path) -> None:
    """Put a version into service by hand, whatever its gate said."""
    from flows.project import open_project  # noqa: PLC0415

    promoted = open_project(folder).registry.promote(task, version)
    click.echo(f"Version {promoted.number} of {task} is in service.")


@models.command()
@click.argument("task")
@options.project
def rollback(task: str, folder: Path) -> None:
    """Return to the version that the one in service replaced."""
    from flows.project import open_project  # noqa: PLC0415

    back = open_project(folder).registry.rollback(task)
    click.echo(f"Version {back.number} of {task} is in service again.")
