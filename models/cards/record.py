"""What is written down of a model beside its files: what it was asked, how it was judged, what the gate said."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.artefacts import read_card
from models.cards.outlook import Outlook
from models.cards.page import card_page
from models.judging.backtest import Backtest
from models.judging.gate import Verdict
from models.judging.importance import importance
from models.model import Model

PAGE = "card.html"


def about(
    model: Model, backtest: Backtest | None, verdict: Verdict | None, outlook: Outlook | None = None
) -> dict[str, Any]:
    """Return what joins the card of a model that was judged, or was not; and what it says of its population now."""
    described = backtest.judged.examples.matrix.features if backtest else ()
    return {
        "backtest": backtest.to_json() if backtest else {},
        "verdict": verdict.to_json() if verdict else None,
        "outlook": outlook.to_json() if outlook else None,
        "features": model.features,
        "importance": [weight.to_json() for weight in importance(model, described)],
    }


def params(model: Model) -> dict[str, Any]:
    """Return what a model was made with, by name."""
    return {
        "population": model.task.population,
        "target": model.task.target,
        "horizon_days": model.task.horizon_days,
        "trained_as_of": model.card.trained_as_of.isoformat(),
        "cut_offs": ", ".join(f"{cut_off:%Y-%m-%d}" for cut_off in model.card.cut_offs),
        "rows": model.card.rows,
        "customers": model.card.customers,
        "features": len(model.features),
        "thin": model.card.thin,
        "seed": model.card.seed,
    }


def numbers(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return every figure that is one finite number, and the ends of the intervals: `roc_auc_low`, `roc_auc_high`."""
    intervals = figures.get("intervals", {})
    ends = {f"{name}_{end}": value for name, of in intervals.items() for end, value in of.items()}
    return {
        name: float(value)
        for name, value in {**figures, **ends}.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def write_page(folder: Path) -> None:
    """Put the card as a page beside the model's files, where MLflow shows it; what is no task's model has none."""
    card = read_card(folder)
    if {"task", "training", "backtest"} <= card.keys():
        (folder / PAGE).write_text(card_page(card), encoding="utf-8")
