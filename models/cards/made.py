"""What a model card says of how the model was made; what a model does not have is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from models.cards.words import Card

Told = tuple[str, str]


def made_from(card: Card) -> Iterator[Told]:
    """Yield each fact with its name, from the data to the seed."""
    training = card["training"]
    yield "Data snapshot", str(card["data_snapshot"])
    yield "Code version", str(card["code_version"])
    yield "Trained as of", training["trained_as_of"][:10]
    yield "Rows", f"{training['rows']:,}, of {training['customers']:,} customers"
    yield "Customers with and without", f"{training['positives']:,} and {training['negatives']:,}"
    yield "Kind", "linear model alone" if training["thin"] else "trees and a linear model"
    yield from _growth(training)
    yield from _level(training)
    yield "Seed", str(training["seed"])


def _growth(training: Mapping[str, Any]) -> Iterator[Told]:
    if training.get("rounds") is not None:
        yield "Trees", f"{training['rounds']:,}"
    searched = training.get("searched")
    if searched:
        kept = "was kept" if searched["kept"] else "was not clearly better: trees grow as usual"
        losses = f"a loss of {searched['best_loss']:.4f} against the usual {searched['usual_loss']:.4f}"
        yield "Search", f"{searched['trials']:,} trials; the best, with {losses}, {kept}"


def _level(training: Mapping[str, Any]) -> Iterator[Told]:
    if training["season_shift"] is None:
        yield "Season", "never seen"
    else:
        yield "Season's level", f"{training['season_shift']:+.3f} on every score"
    if training.get("season_slope") is not None:
        yield "Season's slope", f"{training['season_slope']:.3f}; under 1 it drew the scores together"
    if training.get("translated_from_days") is not None:
        doubt = training.get("translation_doubt")
        level = "" if doubt is None else f"; its level may be off by {doubt:.3f} on every score"
        yield "Carried over from", f"{training['translated_from_days']:g} days{level}"
