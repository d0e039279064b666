"""What commands print: tables for people, one JSON object for programs, progress on the error stream."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import click

UNFOLDED = 200


def print_json(content: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one object: numbers as numbers, what is no number as null, days as settings write them."""
    click.echo(json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False))


def print_table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()
) -> None:
    """Print rows under a header; the columns named in `numbers` are set to the right."""
    from rich import box  # noqa: PLC0415 - rich is not needed for --help
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for name in header:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(shown(value)) for value in row))
    # A file has no width to fold at.
    Console(width=None if sys.stdout.isatty() else UNFOLDED).print(table)


def print_warnings(sentences: Iterable[str]) -> None:
    """Print each different sentence once, on the error stream."""
    for sentence in dict.fromkeys(sentences):
        click.echo(f"Warning: {sentence}", err=True)


def shown(value: object) -> str:
    """Return a value as a person would write it."""
    match value:
        case None:
            return "\N{EN DASH}"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"  # noqa: PLR2004
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case _:
            return str(value)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a function that shows what is being done, on the error stream; silent when that is no terminal.

    Beside it stands how far that is, where it tells, and for how long the command has been at work.
    """
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from pipeline.progress import heard_by  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description} … {task.fields[how_far]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown_on:
        line = shown_on.add_task("Starting", total=None, how_far="")
        with heard_by(lambda how_far: shown_on.update(line, how_far=how_far)):
            yield lambda doing: shown_on.update(line, description=doing, how_far="")


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    match value:
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case str() | bytes():
            return str(value)
        case Sequence() | AbstractSet():
            return [_plain(one) for one in value]
    as_python = getattr(value, "tolist", None)  # a number or an array of NumPy, which --help does without
    return _single(value) if as_python is None else _plain(as_python())


def _single(value: object) -> object:
    match value:
        case None | bool() | int():
            told: object = value
        case float() | Decimal():
            told = float(value) if math.isfinite(value) else None
        case date():
            told = value.isoformat()
        case timedelta():
            told = f"{value / timedelta(days=1):g} days"
        case _:
            told = str(value)
    return told
