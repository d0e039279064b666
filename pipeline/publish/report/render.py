"""Render the marketer's page: one HTML file that needs no network, no script and no other file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.events.quality.finding import Severity, severest_first
from pipeline.publish.changes import changes
from pipeline.publish.dictionary import columns_of
from pipeline.publish.edition import Edition
from pipeline.publish.manifest import code_version
from pipeline.publish.meanings import CURRENCY, LIST, NEVER
from pipeline.publish.report.beside_rule import beside_rules
from pipeline.publish.report.came_out import outcomes
from pipeline.publish.report.catalogue import groups, left_out
from pipeline.publish.report.changed import changed
from pipeline.publish.report.focus import focus
from pipeline.publish.report.overview import headline, lead
from pipeline.publish.report.spread import spread
from pipeline.publish.report.tiles import tiles
from pipeline.publish.report.trust import trust
from pipeline.publish.report.whom import audiences, left_out_audiences
from pipeline.publish.report.wording import Wording, number, percent, sentence

TEMPLATE = "report.html.j2"


def render(edition: Edition, publication_id: str) -> str:
    """Return the page as HTML; the same edition gives the same text."""
    template = _environment().get_template(TEMPLATE)
    return template.render(_told(edition), publication_id=publication_id, code_version=code_version())


def _told(edition: Edition) -> Mapping[str, Any]:
    """Return what each section says."""
    words = Wording(edition.shop.currency, edition.shop.zone)
    since = changes(edition)
    opening = focus(edition, since, words)
    whom = audiences(edition, opening.segment.name if opening else None)
    findings = severest_first(edition.record.findings)
    return {
        "edition": edition,
        "words": words,
        "focus": opening,
        "headline": headline(edition, opening),
        "lead": lead(edition, opening, words),
        "severe": [finding for finding in findings if finding.severity is Severity.SEVERE],
        "tiles": tiles(edition, opening, whom, words),
        "changed": changed(edition, opening, words),
        "spread": spread(edition),
        "groups": groups(edition, since, whom, words),
        "left_out": left_out(edition),
        "audiences": whom,
        "left_out_audiences": left_out_audiences(edition),
        "beside_rules": beside_rules(edition, words),
        "outcomes": outcomes(edition, words),
        "cards": [trust(model, words) for model in edition.models],
        "findings": findings,
        "columns": columns_of(LIST),
        "currency": CURRENCY,
        "never": NEVER,
    }


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
