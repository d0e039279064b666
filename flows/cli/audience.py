"""The command that says whom a campaign may contact, and why a customer is among them or not."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli import completion, options
from flows.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from pipeline.publish.publication import Publication


@click.command()
@click.argument("name", required=False, shell_complete=completion.audiences)
@options.project
@click.option(
    "--as-of",
    type=options.Moment(),
    default=None,
    show_default="the latest publication",
    help="Read the latest publication up to this moment.",
)
@click.option("--explain", "customer_id", metavar="ID", default=None, help="Say of one customer why, or why not.")
@options.as_json
def audience(name: str | None, folder: Path, as_of: datetime | None, customer_id: str | None, *, as_json: bool) -> None:
    """Show whom a campaign may contact, and for which reasons not whom; without a name, all audiences.

    It reads what was published. Each member is either to be contacted or left out for the first reason that applies, in
    the order in which they are shown.
    """
    from flows.project import open_project  # noqa: PLC0415
    from flows.publishing.published_audiences import explain_member, publication_of  # noqa: PLC0415

    publication = publication_of(open_project(folder), as_of)
    if name is None:
        if customer_id is not None:
            raise click.UsageError("Expected the name of an audience before --explain, got none.")
        print_all(publication, as_json=as_json)
    elif customer_id is None:
        print_audience(publication, name, as_json=as_json)
    else:
        told = explain_member(publication, name, customer_id)
        print_json(told) if as_json else click.echo(told["explanation"])


def print_audience(publication: "Publication", name: str, *, as_json: bool) -> None:
    """Print how many members are to be contacted, and how many not by reason."""
    from flows.publishing.published_audiences import counts_of  # noqa: PLC0415
    from pipeline.publish.audiences import published_audience  # noqa: PLC0415

    counts = counts_of(published_audience(publication, name))
    if as_json:
        print_json(counts)
        return
    left_out = [(f"left out: {rule.replace('_', ' ')}", count) for rule, count in counts["left_out"].items()]
    rows = [("to be contacted", counts["contact"]), *left_out, ("members", counts["members"])]
    print_table(f"{counts['title']}, as of {counts['as_of']:%Y-%m-%d}", ("", "customers"), rows, numbers=("customers",))
    for note in counts["notes"]:
        click.echo(f"Note: {note}")


def print_all(publication: "Publication", *, as_json: bool) -> None:
    """Print a row an audience."""
    from flows.publishing.published_audiences import sheet_of  # noqa: PLC0415

    found = sheet_of(publication)
    if as_json:
        print_json(found)
        return
    header = ("audience", "members", "contact", "title")
    rows = [[row[name] for name in header] for row in found]
    print_table(f"Audiences as of {publication.as_of:%Y-%m-%d}", header, rows, numbers=header[1:3])
