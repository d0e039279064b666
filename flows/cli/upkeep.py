"""Commands to look after a project: monitor, forget."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import options
from flows.cli.printing import print_json, print_table, progress

if TYPE_CHECKING:
    from flows.syncing.receipts import Receipt


SEVERE = 3


@click.command()
@options.project
@options.as_of
@options.as_json
def monitor(folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Say what is unlike before: the log, what models read and say, segments, and how predictions came out.

    It looks at the log as it is and at the newest publication. Exit code 3 when a finding is severe.
    """
    from flows.monitoring.monitor import monitor as look  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from pipeline.events.quality.finding import Severity  # noqa: PLC0415

    with progress() as tell:
        tell("Looking at the log and the newest publication")
        findings = look(open_project(folder), options.moment_or_today(as_of))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    elif findings:
        rows = [(one.severity, one.about, one.sentence, one.action) for one in findings]
        print_table("Findings", ("", "about", "finding", "what to do"), rows)
    else:
        click.echo("All is as it was: there are no findings.")
    sys.exit(SEVERE if any(finding.severity is Severity.SEVERE for finding in findings) else 0)


@click.command()
@click.argument("customer_id")
@click.option("--check", is_flag=True, help="Erase nothing: say which receipts are this person's.")
@options.project
@options.as_json
def forget(customer_id: str, folder: Path, *, check: bool, as_json: bool) -> None:
    """Erase a person from the log, the exports in the project folder and every publication; write a receipt."""
    from flows.forgetting import forget as carry_out  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from flows.syncing.receipts import RECEIPTS, receipts  # noqa: PLC0415

    if check:
        found = [receipt for receipt in receipts(folder / RECEIPTS) if receipt.is_of(customer_id)]
    else:
        receipt = carry_out(open_project(folder), customer_id, datetime.now(UTC))
        found = [] if receipt is None else [receipt]
    if as_json:
        print_json({"receipts": [asdict(receipt) for receipt in found]})
    elif found:
        for receipt in found:
            _print_receipt(receipt)
    else:
        click.echo("No receipt is theirs." if check else "Nothing was found: they were forgotten before.")


def _print_receipt(receipt: "Receipt") -> None:
    rows = [
        *(("log", name, count) for name, count in receipt.tables.items()),
        *(("file", name, count) for name, count in receipt.files.items()),
        *(("publication", name, count) for name, count in receipt.publications.items()),
    ]
    print_table(f"Erased, receipt {receipt.number}", ("from", "name", "rows"), rows, numbers=("rows",))
    if receipt.still:
        click.echo("These were not changed and may still name the person:")
        for place in receipt.still:
            click.echo(f"  {place}")
    if receipt.held:
        click.echo(
            f"Still held by {', '.join(receipt.held)}. The next `segcast sync` takes it back, "
            "from a destination that is not in segcast.toml any more once it is put back there."
        )
