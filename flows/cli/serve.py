"""The command that keeps a Prefect server's schedule: serve."""

from pathlib import Path

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table


@click.command()
@options.project
@click.option("--name", default=None, show_default="the shop's", help="What the deployments are called.")
@click.option("--list", "--dry-run", "only_list", is_flag=True, help="Print what would be served, and serve nothing.")
@options.as_json
def serve(folder: Path, name: str | None, *, only_list: bool, as_json: bool) -> None:
    """Run the flows of this project by schedule, as a Prefect server asks for them, until interrupted.

    The schedule is that of [schedule] in segcast.toml, the server that of PREFECT_API_URL. Without a server, let cron
    call `segcast run` every night.
    """
    from flows.project import open_project  # noqa: PLC0415
    from flows.serving import served  # noqa: PLC0415

    wanted = served(open_project(folder), options.now(), name)
    if as_json:
        print_json([one.to_json() for one in wanted])
    else:
        rows = [(one.deployment, one.cron, one.time_zone, one.next_start, one.about) for one in wanted]
        print_table("Deployments", ("deployment", "schedule", "time zone", "next", "what it does"), rows)
    if not only_list:
        from flows.deployments import serve as keep_serving  # noqa: PLC0415 - Prefect takes seconds to import

        keep_serving(wanted)
