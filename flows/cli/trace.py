"""The command that traces a published row back to everything that made it."""

from pathlib import Path

import click

from flows.cli import completion, options
from flows.cli.printing import print_json, print_table, progress


@click.command()
@click.argument("customer_id")
@options.project
@click.option(
    "--segment",
    default=None,
    shell_complete=completion.segments,
    help="Everything about this row; without it, all rows in short.",
)
@click.option(
    "--publication",
    "publication_id",
    default=None,
    show_default="the newest",
    shell_complete=completion.publications,
    help="Which one, by its id.",
)
@options.as_json
def trace(customer_id: str, folder: Path, segment: str | None, publication_id: str | None, *, as_json: bool) -> None:
    """Trace what was published about one customer back to the log, the models and the rules that made it.

    All of it is worked out again, from the log as it was known then and by the models then in service, and compared
    with what was published. With --segment, the row of that list: the customer's own value of everything that decides,
    each comparison, the stay, and whether campaigns may contact them.
    """
    from flows.cli.trace_words import (  # noqa: PLC0415
        models_in_words,
        predictions_in_words,
        proof_in_words,
        publication_in_words,
        rows_in_short,
        segment_in_words,
    )
    from flows.project import open_project  # noqa: PLC0415
    from flows.tracing.trace import trace as traced  # noqa: PLC0415
    from pipeline.publish.report.wording import symbol  # noqa: PLC0415

    project = open_project(folder, keep_going=True)
    with progress() as tell:
        tell("Working everything out again")
        found = traced(project, customer_id, segment, publication_id)
    if as_json:
        print_json(found)
        return
    currency = symbol(project.settings.shop.currency)
    click.echo("\n".join((*publication_in_words(found["publication"]), "")))
    if found["segment"] is None:
        print_table("Segments", ("segment", "kind", "since", "score", "held out"), rows_in_short(found["segments"]))
        print_table("Predictions", ("", ""), predictions_in_words(found["predictions"], found["units"], currency))
    else:
        click.echo("\n".join((*segment_in_words(found["segment"], found["predictions"], currency), "")))
    print_table("Models in service", ("model", "made from", "backtest"), models_in_words(found["models"]))
    click.echo("\n".join(proof_in_words(found["proof"], found["units"], currency)))
