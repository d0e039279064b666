"""Commands about segments: list, check, show, preview, sql, members, transitions."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from flows.cli import completion, options, overlap
from flows.cli.printing import print_json, print_table, progress, shown

STAGES = ("stage_*",)


@click.group()
def segments() -> None:
    """See, check and try out segments."""


@segments.command("list")
@options.project
@click.option("--tag", default=None, help="Only segments with this tag, such as engagement or predicted.")
@options.as_json
def list_segments(folder: Path, tag: str | None, *, as_json: bool) -> None:
    """List the library and the project's own segments."""
    from flows.project import open_project  # noqa: PLC0415

    project = open_project(folder)
    found = [one for one in project.segments(project.registry.clusters()) if tag is None or tag in one.tags]
    kinds = [str(one.kind(project.predicted)) for one in found]
    if as_json:
        described = [one.model_dump(exclude_defaults=True) for one in found]
        print_json([{**one, "kind": kind} for one, kind in zip(described, kinds, strict=True)])
    else:
        rows = [(one.name, kind, one.title, one.description) for one, kind in zip(found, kinds, strict=True)]
        print_table(f"{len(found)} segments", ("segment", "kind", "title", "who is in it"), rows)


@segments.command()
@options.project
@options.as_of
@options.as_json
def check(folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Check every segment, and say which this shop decides by a variant or cannot decide, and why."""
    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting.defining import checked  # noqa: PLC0415

    found = checked(open_project(folder), options.moment_or_today(as_of))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    special = [
        (one.segment, one.left_out or f"decided by: {one.variant}") for one in found if one.left_out or one.variant
    ]
    click.echo(f"{len(found)} segments make sense.")
    if special:
        print_table("Not as they are written", ("segment", "in this shop"), special)


@segments.command()
@click.argument("name", shell_complete=completion.segments)
@options.project
@options.as_json
def show(name: str, folder: Path, *, as_json: bool) -> None:
    """Show one segment: who is in it, what to send and what not, how it is decided, and how many there are."""
    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting.defining import described  # noqa: PLC0415

    found = described(open_project(folder), name)
    if as_json:
        print_json(found)
    else:
        print_table(
            str(found["title"]), ("", ""), [(key.replace("_", " "), _cell(value)) for key, value in found.items()]
        )


@segments.command()
@click.argument("asked", metavar="NAME|CONDITION", shell_complete=completion.segments)
@options.project
@options.as_of
@options.as_json
def preview(asked: str, folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Decide a segment, or a condition in quotation marks, for everybody known, without publishing."""
    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting import previewing  # noqa: PLC0415

    with progress() as tell:
        tell("Deciding")
        found = previewing.preview(open_project(folder), asked, options.moment_or_today(as_of))
    if as_json:
        print_json(asdict(found))
        return
    if found.left_out:
        click.echo(f"Nothing to decide: {found.left_out}.")
        return
    if found.variant:
        click.echo(f"Decided by a variant, for want of what the segment names: {found.variant}")
    click.echo(f"{found.members:,} of {found.customers:,} customers ({found.members / max(1, found.customers):.1%}).")
    for name, nulls in found.nulls.items():
        if nulls:
            click.echo(f"{name} is null for {nulls:,} of them all.")
    if found.examples:
        rows = [tuple(shown(value) for value in row.values()) for row in found.examples]
        print_table("Some of the members", tuple(found.examples[0]), rows)


@segments.command()
@click.argument("asked", metavar="NAME|CONDITION", shell_complete=completion.segments)
@options.project
@options.as_json
def sql(asked: str, folder: Path, *, as_json: bool) -> None:
    """Print what decides a segment, or a condition in quotation marks, as the SQL that DuckDB runs."""
    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting import defining  # noqa: PLC0415

    found = defining.sql(open_project(folder), asked)
    print_json({"asked": asked, "sql": found}) if as_json else click.echo(found)


@segments.command()
@click.argument("name", shell_complete=completion.segments)
@options.project
@options.as_of
@options.as_json
def members(name: str, folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Print who was in a segment at a moment, and since when: as it was published then."""
    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting.memberships import members_as_of  # noqa: PLC0415

    rows = members_as_of(open_project(folder), name, options.moment_or_today(as_of)).to_pylist()
    if as_json:
        print_json(rows)
    else:
        header = ("customer_id", "since", "score", "held_out")
        print_table(f"{len(rows):,} members of {name}", header, [[row[key] for key in header] for row in rows])


@segments.command()
@click.argument("names", nargs=-1, shell_complete=completion.segments)
@options.project
@click.option("--since", type=options.Moment(), required=True, help="From the publication in force at this moment.")
@options.as_of
@options.as_json
def transitions(
    names: tuple[str, ...], folder: Path, since: datetime, as_of: datetime | None, *, as_json: bool
) -> None:
    """Show how members moved between segments, such as 'stage_*' (the default) or 'rfm_*', from one moment to another.

    Of segments that overlap, a customer counts once for each pair of one before and one now.
    """
    from flows.project import open_project  # noqa: PLC0415
    from flows.segmenting import memberships  # noqa: PLC0415

    until = options.moment_or_today(as_of)
    found = memberships.transitions(open_project(folder), names or STAGES, since, until)
    rows = found.table.to_pylist()
    if as_json:
        print_json(
            {"since": found.before.as_of, "until": found.now.as_of, "uncompared": found.uncompared, "moves": rows}
        )
        return
    title = f"From {shown(found.before.as_of)} to {shown(found.now.as_of)}"
    header = found.table.column_names
    print_table(title, header, [tuple(row.values()) for row in rows], numbers=header[2:])
    if found.uncompared:
        click.echo(f"Decided at one of the two moments only: {', '.join(found.uncompared)}.")


segments.add_command(overlap.overlap)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else shown(value)
