"""Render the marketer's page: one HTML file that needs no network, no script and no other file."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.publish.edition import Edition
from pipeline.publish.manifest import code_version
from pipeline.publish.report.catalogue import catalogue, left_out
from pipeline.publish.report.focus import focus
from pipeline.publish.report.overview import bands, headline, lead
from pipeline.publish.report.tiles import tiles
from pipeline.publish.report.trust import trust
from pipeline.publish.report.wording import Wording, number, percent, sentence

TEMPLATE = "report.html.j2"


def render(edition: Edition, publication_id: str) -> str:
    """Return the page as HTML; the same edition gives the same text."""
    words = Wording(edition.shop.currency, edition.shop.zone)
    opening = focus(edition, words)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            edition=edition,
            publication_id=publication_id,
            code_version=code_version(),
            words=words,
            focus=opening,
            headline=headline(edition, opening),
            lead=lead(edition, opening, words),
            tiles=tiles(edition, opening, words),
            bands=bands(edition),
            lines=catalogue(edition),
            left_out=left_out(edition),
            cards=[trust(model, words) for model in edition.models],
        )
    )


def _environment() -> Environment:
    """Return a Jinja environment that escapes everything and refuses a name that it does not know."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "percent": percent, "sentence": sentence}
    return environment
