"""What is told of a run in tables and sentences, for a page that strangers to the shop may see: nobody is named."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from flows.backfilling import Backfilled
from flows.learning.training import Trained
from flows.night.retraining import Compared, Ends
from flows.syncing.sync import Synced
from pipeline.events.quality.finding import Finding
from pipeline.publish.published import Publication


def segment_rows(publication: Publication) -> list[dict[str, Any]]:
    """Return the segments of a publication, largest first."""
    with (publication.path / "segments.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            {name: row[name] for name in ("segment", "title", "kind", "size", "share", "entered", "left")}
            for row in csv.DictReader(file)
        ]


def findings_page(findings: Sequence[Finding], held_back: str = "") -> str:
    """Return findings as a page of Markdown, above them why a publication was held back."""
    above = [f"**Nothing was published.** {held_back}", ""] if held_back else []
    if not findings:
        return "\n".join([*above, "Nothing was found."])
    head = ["| severity | about | finding | what to do |", "|---|---|---|---|"]
    rows = (_cells(one.severity, one.about, one.sentence, one.action) for one in findings)
    return "\n".join([*above, *head, *rows])


def model_rows(trained: Sequence[Trained], compared: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return one row a task: the new model's figure, the champion's and the best rule's, and what became of it."""
    told = {one.task: one for one in compared}
    return [_model_row(one, told.get(one.task)) for one in trained]


def destination_rows(synced: Sequence[Synced]) -> list[dict[str, Any]]:
    """Return one row a destination: whether it was told to the end, and if not, why."""
    return [{"destination": one.destination, "to": one.to, "problem": one.problem or ""} for one in synced]


def past_day(one: Backfilled) -> dict[str, Any]:
    """Return what became of a past day."""
    return {
        "as of": f"{one.as_of:%Y-%m-%d}",
        "publication": one.publication_id,
        "stood before": one.stood,
        "trained": ", ".join(f"{model.task} {model.version}" for model in one.trained if model.version is not None),
    }


def _model_row(trained: Trained, compared: Compared | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "task": trained.task,
        "version": trained.version,
        "verdict": "in service" if trained.promoted else "not in service",
    }
    return {**row, **(_figures(compared) if compared else {}), "why": " ".join(trained.reasons)}


def _figures(one: Compared) -> Mapping[str, Any]:
    return {
        "figure": one.figure,
        "challenger": _between(one.challenger),
        "champion": _number(one.champion),
        "against the champion": _between(one.against_champion, sign="+") if one.against_champion else "",
        "best rule": f"{one.rule} {_number(one.rule_value)}",
        "against it": _between(one.against_rule, sign="+"),
        "calibration": _number(one.calibration),
    }


def _between(ends: Ends, sign: str = "") -> str:
    value, low, high = (_number(one, sign) for one in ends)
    return f"{value} ({low} to {high})"


def _number(value: float | None, sign: str = "") -> str:
    return "\N{EN DASH}" if value is None else format(value, f"{sign}.3f")


def _cells(*texts: str) -> str:
    """Return a row of a Markdown table; what is in a text stays in its cell."""
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |"
