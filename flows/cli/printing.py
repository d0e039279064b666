"""What commands print: tables for people, one JSON object for programs, progress on the error stream."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

UNFOLDED = 200


def print_json(content: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one object."""
    click.echo(json.dumps(content, indent=2, default=_plain, ensure_ascii=False))


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
    """Give a function that shows what is being done, on the error stream; silent when that is no terminal."""
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(stderr=True)
    with console.status("Starting") as status:
        yield lambda doing: status.update(f"{doing} …")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
