"""Commands about models: list, card, promote, rollback."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli import completion, options
from flows.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from models.registry import Registry, Version

HEADER = ("task", "version", "alias", "trained as of", "AUC or Gini", "ECE or total", "gate", "snapshot", "code")
NUMBERS = ("version", "AUC or Gini", "ECE or total", "snapshot")


@click.group()
def models() -> None:
    """See, promote and roll back models."""


@models.command("list")
@options.project
@options.as_json
def list_models(folder: Path, *, as_json: bool) -> None:
    """List every version with its figures, what its gate said, and whether it is in service."""
    from flows.project import open_project  # noqa: PLC0415

    opened = open_project(folder)
    rows = [_row(version) for task in opened.tasks for version in opened.registry.versions(task.name)]
    if as_json:
        print_json([dict(zip(HEADER, row, strict=True)) for row in rows])
    elif rows:
        print_table("Models", HEADER, rows, numbers=NUMBERS)
    else:
        click.echo("No model was trained yet. Try `segcast train`.")


@models.command()
@click.argument("task", shell_complete=completion.models)
@click.option("--version", "number", type=int, help="Which version; the one in service without it.")
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page with plots instead."
)
@options.project
@options.as_json
def card(task: str, number: int | None, page: Path | None, folder: Path, *, as_json: bool) -> None:
    """Print what a model was made from, how it was judged and what the gate said: one JSON object."""
    from flows.project import open_project  # noqa: PLC0415
    from models.cards.page import card_page  # noqa: PLC0415

    found = _found(open_project(folder).registry, task, number)
    if page is None:
        print_json(found.card)
        return
    page.write_text(card_page(found.card, version=found.number), encoding="utf-8")
    if as_json:
        print_json({"task": task, "version": found.number, "page": page})
    else:
        click.echo(f"The card of {task}, version {found.number}, is in {page}.")


@models.command()
@click.argument("task", shell_complete=completion.models)
@click.argument("version", type=int)
@options.project
@options.as_json
def promote(task: str, version: int, folder: Path, *, as_json: bool) -> None:
    """Put a version into service by hand, whatever its gate said."""
    from flows.night.lock import one_night  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    opened = open_project(folder)
    with one_night(opened, work="promotion"):
        promoted = opened.registry.promote(task, version)
    if as_json:
        print_json({"task": task, "in_service": promoted.number})
    else:
        click.echo(f"Version {promoted.number} of {task} is in service.")


@models.command()
@click.argument("task", shell_complete=completion.models)
@options.project
@options.as_json
def rollback(task: str, folder: Path, *, as_json: bool) -> None:
    """Return to the version that the one in service replaced."""
    from flows.night.lock import one_night  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    opened = open_project(folder)
    with one_night(opened, work="rollback"):
        back = opened.registry.rollback(task)
    if as_json:
        print_json({"task": task, "in_service": back.number})
    else:
        click.echo(f"Version {back.number} of {task} is in service again.")


def _found(registry: "Registry", task: str, number: int | None) -> "Version":
    """Return a version of a task, without a number the one in service; a ModelError that names those there are."""
    from models.registry import CHAMPION  # noqa: PLC0415
    from pipeline.errors import ModelError  # noqa: PLC0415

    versions = registry.versions(task)
    for version in versions:
        if (CHAMPION in version.aliases) if number is None else (version.number == number):
            return version
    known = ", ".join(str(version.number) for version in versions) or "none"
    wanted = "one in service" if number is None else f"number {number}"
    raise ModelError(
        f"Expected a version of {task} to show, {wanted}, found {known}. "
        "Try `segcast models list`, and --version for one that is not in service."
    )


def _row(version: "Version") -> tuple[object, ...]:
    """Return what a list says of a version; one whose files are damaged is listed as such."""
    from pipeline.errors import ModelError  # noqa: PLC0415

    try:
        card = version.card
    except ModelError:
        return (version.name, version.number, ", ".join(version.aliases), None, None, None, "damaged files", None, None)
    judged, verdict = card["backtest"], card["verdict"]
    return (
        version.name,
        version.number,
        ", ".join(version.aliases),
        card["training"]["trained_as_of"][:10],
        judged.get("roc_auc", judged.get("gini")),
        judged.get("ece", judged.get("total_ratio")),
        _said(verdict),
        card["data_snapshot"],
        card["code_version"],
    )


def _said(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "not judged"
    return "passed" if verdict["promote"] else "refused"
