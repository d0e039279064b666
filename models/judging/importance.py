"""What a model reads, and how much of it: the share of each feature in what the trees gain."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.feature import FeatureColumn
from models.link import Floats
from models.model import Model
from models.orders.foresight import COLUMNS, STAND_FOR

UNTOLD = "other"  # what the catalogue does not describe


@dataclass(frozen=True)
class Weight:
    """A feature, the topic that it belongs to, and its share of 1."""

    feature: str
    topic: str
    share: float

    def to_json(self) -> dict[str, Any]:
        """Return the three by name."""
        return asdict(self)


def importance(model: Model, described: Iterable[FeatureColumn]) -> tuple[Weight, ...]:
    """Return the features that a model makes use of, the weightiest first; empty where `described` is.

    By gain in the trees; of a thin model, which has none, by the size of the standardised coefficients.
    """
    topics = {feature.name: feature.topic for feature in described}
    if not topics:
        return ()
    topics |= {name: topics.get(of, UNTOLD) for name, of in zip(COLUMNS, STAND_FOR, strict=True)}
    columns, sizes = _by_gain(model) if model.trees else _by_coefficient(model)
    total = float(sizes.sum()) or 1.0
    weights = (
        Weight(name, topics.get(name, UNTOLD), float(size) / total)
        for name, size in zip(columns, sizes, strict=True)
        if size > 0
    )
    return tuple(sorted(weights, key=lambda weight: -weight.share))


def _by_gain(model: Model) -> tuple[tuple[str, ...], Floats]:
    if model.trees is None:
        return (), np.empty(0)
    foreseen = COLUMNS if model.trees.foresight else ()
    return (*model.trees.columns, *foreseen), np.asarray(
        model.trees.booster.feature_importance("gain"), dtype=np.float64
    )


def _by_coefficient(model: Model) -> tuple[tuple[str, ...], Floats]:
    """Return each column once, with its coefficients in all parts added up."""
    sizes: dict[str, float] = {}
    for part in model.linear:
        for name, weight in zip(part.columns, np.abs(np.ravel(part.pipeline[-1].coef_)), strict=True):
            sizes[name] = sizes.get(name, 0.0) + float(weight)
    return tuple(sizes), np.array(list(sizes.values()))
