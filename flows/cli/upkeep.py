"""Commands to look after a project: monitor, forget, doctor."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from flows.upkeep import Finding


@click.command()
@options.project
@options.as_of
@options.as_json
def monitor(folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Say how fresh the log is, and how past publications came out."""
    from flows import upkeep  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    print_findings(upkeep.monitor(open_project(folder), options.moment_or_today(as_of)), as_json=as_json)


@click.command()
@click.argument("customer_id")
@options.project
@options.as_json
def forget(customer_id: str, folder: Path, *, as_json: bool) -> None:
    """Erase a person from the log, and every publication that names them."""
    from flows import upkeep  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415

    receipt = upkeep.forget(open_project(folder), customer_id)
    if as_json:
        print_json(receipt)
    else:
        print_table("Erased", ("from", "rows"), receipt.items(), numbers=("rows",))


@click.command()
@options.project
@options.as_json
def doctor(folder: Path, *, as_json: bool) -> None:
    """Check environment, settings, log, models and publications; exit code 1 when something is amiss."""
    from flows.upkeep import diagnose  # noqa: PLC0415

    findings = tuple(diagnose(folder))
    print_findings(findings, as_json=as_json)
    sys.exit(0 if all(finding.fine for finding in findings) else 1)


def print_findings(findings: "Iterable[Finding]", *, as_json: bool) -> None:
    """Print each finding, and what to do where something is amiss."""
    found = tuple(findings)
    if as_json:
        print_json([asdict(finding) for finding in found])
        return
    rows = [
        ("✓" if finding.fine else "✗", finding.about, finding.sentence, "" if finding.fine else finding.action)
        for finding in found
    ]
    print_table("Findings", ("", "about", "finding", "what to do"), rows)
