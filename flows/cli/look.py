"""Commands to look: features, explain, report."""

from datetime import datetime
from pathlib import Path

import click

from flows.cli import completion, options
from flows.cli.printing import print_json, print_table, shown


@click.group()
def features() -> None:
    """See what is known about every customer."""


@features.command("list")
@click.option("--family", default=None, help="Only this family, such as orders or emails.")
@options.as_json
def list_features(family: str | None, *, as_json: bool) -> None:
    """List every feature with its unit and definition.

    One that is told apart by a shop's own values stands once, as visit_source_share_<source>_90d.
    """
    from dataclasses import asdict  # noqa: PLC0415

    from features.example import outlines  # noqa: PLC0415
    from pipeline.errors import FeatureError, did_you_mean  # noqa: PLC0415

    everything = [outline for outline, _ in outlines()]
    families = tuple(dict.fromkeys(one.family for one in everything))
    if family is not None and family not in families:
        raise FeatureError(
            f'Expected a family of {", ".join(families)}, got "{family}".{did_you_mean(family, families)}'
        )
    found = [one for one in everything if family in {None, one.family}]
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        rows = [(one.family, one.name, one.unit, one.definition) for one in found]
        print_table(f"{len(found)} features", ("family", "feature", "unit", "definition"), rows)


@features.command()
@click.argument("name", shell_complete=completion.features)
@options.as_json
def show(name: str, *, as_json: bool) -> None:
    """Show one feature: definition, unit, meaning of null, and an example worked out."""
    from dataclasses import asdict  # noqa: PLC0415

    from features.example import CUSTOMER, described, worked_example  # noqa: PLC0415
    from flows.cli.feature_words import answer_in_words, details_in_words, needs_in_words  # noqa: PLC0415

    found, example = described(name), worked_example(name)
    if as_json:
        print_json({**asdict(found), "example": asdict(example)})
        return
    told = {"definition": found.definition, "unit": found.unit, "null": found.null, "topic": found.topic}
    print_table(found.name, ("", ""), [*told.items(), ("family", found.family), ("needs", needs_in_words(found))])
    title = f"Example: what it reads of {CUSTOMER} before {shown(example.moment)} UTC"
    left_out = [("", f"{example.left_out} earlier events", "")] if example.left_out else []
    lines = [(entry.when, entry.what, details_in_words(entry)) for entry in example.entries]
    print_table(title, ("when", "what", "details"), [*left_out, *lines])
    click.echo(answer_in_words(example))


@click.command()
@click.argument("customer_id")
@options.project
@options.as_of
@options.as_json
def explain(customer_id: str, folder: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Show what is known and predicted about one customer, and why.

    Each task with its reasons, what is at stake and whether a contact pays; the segments with the customer's own values
    of what decides; then the features.
    """
    from flows.cli.explain_words import assumed_in_words, outlook_in_words, own_values, task_in_words  # noqa: PLC0415
    from flows.explaining import explain_customer  # noqa: PLC0415
    from flows.project import open_project  # noqa: PLC0415
    from pipeline.publish.report.wording import symbol  # noqa: PLC0415

    project = open_project(folder)
    found = explain_customer(project, customer_id, options.moment_or_today(as_of), project.economics)
    if as_json:
        print_json(found)
        return
    currency = symbol(project.settings.shop.currency)
    for said in found["tasks"]:
        click.echo("\n".join((*task_in_words(said, currency), "")))
    beside = (*outlook_in_words(found["predictions"], currency), *assumed_in_words(found["tasks"], currency))
    click.echo("\n".join((*beside, "")))
    segments = [(name, because["when"], own_values(because)) for name, because in found["because"].items()]
    print_table("Segments", ("segment", "a member when", "this customer"), segments)
    print_table("Features", ("", ""), [(name, shown(value)) for name, value in found["features"].items()])


@click.command()
@options.project
@options.as_json
def report(folder: Path, *, as_json: bool) -> None:
    """Print where the latest report is."""
    from flows.project import open_project  # noqa: PLC0415
    from pipeline.errors import PublicationError  # noqa: PLC0415
    from pipeline.publish.publication import latest  # noqa: PLC0415

    published = open_project(folder).published
    found = latest(published)
    if found is None:
        raise PublicationError(f"Expected a publication in {published}, found none yet. Try `segcast run`.")
    page = found.path / "report.html"
    print_json({"publication": found.publication_id, "report": page}) if as_json else click.echo(page)
