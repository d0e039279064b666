"""The command line: `segcast`. Commands import what they need when they run, so that --help is at once there."""

import errno
import sys

import click

from flows.cli import (
    audience,
    backfill,
    begin,
    completion,
    destinations,
    doctor,
    inspect_models,
    learn,
    look,
    press,
    quality,
    segments,
    serve,
    simulating,
    status,
    sync,
    tasks,
    trace,
    upkeep,
)
from pipeline.errors import SegcastError, UserError

USERS_MISTAKE, OUR_MISTAKE = 2, 1
OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)  # no room, or not allowed

COMMANDS = (
    begin.demo,
    begin.init,
    begin.ingest,
    quality.quality,
    tasks.tasks,
    learn.train,
    press.score,
    press.publish,
    press.run,
    status.status,
    backfill.backfill,
    serve.serve,
    sync.sync,
    destinations.destinations,
    learn.backtest,
    segments.segments,
    audience.audience,
    look.features,
    inspect_models.models,
    look.explain,
    trace.trace,
    look.report,
    upkeep.monitor,
    upkeep.forget,
    doctor.doctor,
    completion.completion,
    simulating.simulate,
)


class InOrder(click.Group):
    """A group that lists its commands in the order of a shop's work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names as they were added."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; of an error that nobody expected, name the damaged file that is behind it, if one is."""
        try:
            return super().invoke(ctx)
        except (SegcastError, click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            from flows.damage import explained  # noqa: PLC0415 - only where something is broken

            told = explained(ctx.obj, error) if ctx.obj else None
            if told is None:
                raise
            raise told from error


@click.group(
    cls=InOrder, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="segcast")
def cli() -> None:
    """Predictive customer segmentation: a shop's event log in, at-risk lists with reasons out."""


def main() -> None:
    """Run a command; one sentence and exit code 2 for the user's mistake, 1 for ours."""
    try:
        cli(prog_name="segcast")
    except SegcastError as error:
        click.echo(f"segcast: {error}", err=True)
        sys.exit(USERS_MISTAKE if isinstance(error, UserError) else OUR_MISTAKE)
    except OSError as error:
        if error.errno not in OF_THE_MACHINE:
            raise
        click.echo(f"segcast: Expected to write and read {error.filename or 'files'}, got: {error.strerror}.", err=True)
        sys.exit(USERS_MISTAKE)
