"""The command that looks at a project from all sides: doctor."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

if TYPE_CHECKING:
    from flows.doctor.said import Group

MARKS = {"note": "✓", "warning": "!", "severe": "✗"}
AMISS = 2


@click.command()
@click.option("--deep", is_flag=True, help="Read all rows of the event log, to see whether they can be read.")
@options.project
@options.as_json
def doctor(folder: Path, *, deep: bool, as_json: bool) -> None:
    """Check environment, settings, sources, log, models, publications, destinations and nights.

    Each finding that is not as it should be comes with what to do. The exit code is 0 when nothing is amiss, else 2.
    """
    from flows.doctor.diagnosing import diagnose  # noqa: PLC0415
    from flows.doctor.said import is_amiss  # noqa: PLC0415

    with progress() as tell:
        groups = []
        tell("Examining")
        for group in diagnose(folder, options.now(), deep=deep):
            groups.append(group)
            tell(f"Examined: {', '.join(one.name for one in groups)}")
    print_groups(groups, as_json=as_json)
    sys.exit(AMISS if is_amiss(groups) else 0)


def print_groups(groups: "Iterable[Group]", *, as_json: bool) -> None:
    """Print findings group by group, and how many are not as they should be."""
    told = tuple(groups)
    found = [(group.name, one) for group in told for one in group.findings]
    wrong = [str(one.severity) for _, one in found if one.severity != "note"]
    if as_json:
        print_json({"amiss": len(wrong), "findings": [{"group": name, **asdict(one)} for name, one in found]})
        return
    rows = [(MARKS[one.severity], name, one.about, one.sentence, one.action) for name, one in found]
    print_table("Findings", ("", "side", "about", "finding", "what to do"), rows)
    severe = wrong.count("severe")
    click.echo(
        f"{len(wrong)} of {len(found)} findings need something done, {severe} of them before the next night."
        if wrong
        else f"Nothing is amiss: {len(found)} things were looked at."
    )
