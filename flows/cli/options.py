"""The options that commands share, and how a day given on the command line becomes an instant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from pipeline.errors import UserError


class Moment(click.ParamType[datetime]):
    """A day (its midnight) or an instant; without an offset it is UTC."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """Read ISO 8601."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f'expected a day such as 2026-03-01, or an instant such as 2026-03-01T06:00Z, got "{value}".',
                param,
                ctx,
            )
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class Days(click.ParamType[timedelta]):
    """A number of days, as "90", "90d" or "90 days"."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """Read it as the settings do, to whom a bare number could be anything; an option says that it is days."""
        from pipeline.settings import parse_duration  # noqa: PLC0415 - pydantic, which --help can do without

        try:
            return parse_duration(f"{value} days" if value.isdecimal() else value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _remembered(ctx: click.Context, param: click.Parameter, folder: Path) -> Path:
    """Let the whole command line know the project: where an error came from is looked for there."""
    del param
    ctx.find_root().obj = folder
    return folder


project = click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    callback=_remembered,
    default=".",
    show_default="here",
    help="The project folder.",
)
as_of = click.option(
    "--as-of",
    type=Moment(),
    default=None,
    show_default="the last midnight, UTC",
    help="Read nothing from this moment on.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")


def now() -> datetime:
    """The present: the only place where Segcast asks the clock what day it is."""
    return datetime.now(UTC)


def moment_or_today(given: datetime | None) -> datetime:
    """Return the moment given, or the last midnight; a moment to come is refused."""
    if given is not None and given > now():
        raise UserError(f"Expected --as-of to lie in the past, got {given:%Y-%m-%d %H:%M}. Try leaving it out.")
    return given or now().replace(hour=0, minute=0, second=0, microsecond=0)
