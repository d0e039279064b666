"""What a model found when it was trained: how the features that it leans on were spread, and its own scores."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix, utc_us
from models.columns import narrowed
from models.judging.importance import UNTOLD, importance
from models.labels import Mask
from models.link import Floats
from models.model import Model
from models.monitoring.spread import Spread, spread_of
from models.orders.foresight import COLUMNS, STAND_FOR

LEANED_ON = 0.99  # of what a model gains from its features; the rest of them, often hundreds, is not watched
DAY = timedelta(days=1)
BETWEEN = (timedelta(days=11), timedelta(days=4))
"""Before the moment of training: cut-offs lie 30 days apart, and so may mailings. What is in step with them would seem
never to move, and seem to move every other night."""


@dataclass(frozen=True)
class Leaned:
    """A feature that a model leans on: its topic, its share of all that the model leans on, and how it was spread."""

    topic: str
    weight: float
    spread: Spread


@dataclass(frozen=True)
class Reference:
    """The population of a model at `as_of`: its features by name, the weightiest first, and what it predicted."""

    as_of: datetime
    customers: int
    features: Mapping[str, Leaned]
    scores: Spread

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values; `from_dict` reads them."""
        features = {
            name: {"topic": one.topic, "weight": one.weight, "spread": one.spread.as_dict()}
            for name, one in self.features.items()
        }
        told = {"as_of": self.as_of.isoformat(), "customers": self.customers}
        return {**told, "features": features, "scores": self.scores.as_dict()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Reference":
        """Return what `as_dict` described."""
        features = {
            name: Leaned(one["topic"], float(one["weight"]), Spread.from_dict(one["spread"]))
            for name, one in told["features"].items()
        }
        return cls(
            datetime.fromisoformat(told["as_of"]), int(told["customers"]), features, Spread.from_dict(told["scores"])
        )


def reference_of(model: Model, matrix: FeatureMatrix, members: Mask) -> Reference | None:
    """Return what a model finds in its population at the latest of several moments; None of nobody.

    `members` marks its population among the rows of `matrix`, of shape (n,). The earlier moments, those that the model
    learned from and was judged on, tell how far each feature and the scores move by themselves in a month and more.
    """
    moments = [moment for moment in matrix.cut_offs if (members & (matrix.as_of == utc_us(moment))).any()]
    if not moments:
        return None
    rows = {(moments[-1] - moment) / DAY: members & (matrix.as_of == utc_us(moment)) for moment in moments}
    scores = {days: model.predict(narrowed(matrix, model.features, at)) for days, at in rows.items()}
    features = {
        name: Leaned(topic, weight, _spread({days: matrix.column(name)[at] for days, at in rows.items()}))
        for name, topic, weight in _leaned_on(model, matrix.features)
    }
    return Reference(moments[-1], int(rows[0.0].sum()), features, _spread(scores))


def _spread(by_days: Mapping[float, Floats]) -> Spread:
    return spread_of(by_days[0.0], {days: values for days, values in by_days.items() if days})


def _leaned_on(model: Model, described: Iterable[FeatureColumn]) -> Iterable[tuple[str, str, float]]:
    """Yield the features that hold nearly all of a model's weight with their topics, the weightiest first."""
    stand_for = dict(zip(COLUMNS, STAND_FOR, strict=True))
    columns = {column.name: column for column in described}
    shares: dict[str, float] = {}
    for weight in importance(model, columns.values()):
        name = stand_for.get(weight.feature, weight.feature)
        shares[name] = shares.get(name, 0.0) + weight.share
    told = 0.0
    for name, share in sorted(shares.items(), key=lambda one: -one[1]):
        if told < LEANED_ON and name in columns:
            yield name, columns[name].topic or UNTOLD, share
        told += share
