"""What Prefect's page tells of a run beside its tasks: lists, findings and models, as tables. Nobody is named there.

Each has a key that begins with the shop, so that Prefect shows it from run to run, and of every shop apart.
"""

from collections.abc import Iterable, Sequence

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.backfilling import Backfilled
from flows.deployed.telling import destination_rows, findings_page, model_rows, past_day, segment_rows
from flows.learning.training import Trained
from flows.night.retraining import Compared
from flows.syncing.sync import Synced
from pipeline.events.quality.finding import Finding
from pipeline.publish.published import Publication


def show_segments(shop: str, publication: Publication) -> None:
    """Show the segments of a publication with their sizes and changes."""
    create_table_artifact(
        key=f"{shop}-segments",
        table=segment_rows(publication),
        description=f"Publication {publication.publication_id}, as of {publication.as_of:%Y-%m-%d}",
    )


def show_findings(shop: str, findings: Sequence[Finding], held_back: str = "") -> None:
    """Show what is unlike before, and why nothing was published where that is so."""
    page = findings_page(findings, held_back)
    create_markdown_artifact(key=f"{shop}-findings", markdown=page, description="Findings")


def show_models(shop: str, trained: Sequence[Trained], compared: Sequence[Compared]) -> None:
    """Show what was trained beside the champion and the rules."""
    rows = model_rows(trained, compared)
    create_table_artifact(key=f"{shop}-models", table=rows, description="Challenger, champion and rules")


def show_destinations(shop: str, synced: Sequence[Synced]) -> None:
    """Show who was told, where anybody is to be."""
    if synced:
        create_table_artifact(
            key=f"{shop}-destinations", table=destination_rows(synced), description="Who was told of the publication"
        )


def show_past_days(shop: str, days: Iterable[Backfilled]) -> None:
    """Show which past days were published."""
    rows = [past_day(one) for one in days]
    create_table_artifact(key=f"{shop}-past-days", table=rows, description="Past days published")
