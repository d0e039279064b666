"""What a model says of its whole population at the moment of training: how many, and whom it pays to contact."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from features.matrix import FeatureMatrix
from models.examples import Examples
from models.judging.level import Level, expected_level
from models.link import Floats
from models.model import Model
from models.money import Aim, BestList, Economics, best_list
from models.worth import aim, value


@dataclass(frozen=True)
class Money:
    """The list with the most expected profit among a task's population, and what that was reckoned with."""

    aim: Aim
    best: BestList
    economics: Economics
    currency: str

    def to_json(self) -> dict[str, Any]:
        """Return the figures by name; `assumed` names those assumptions that the shop did not state."""
        assumptions = asdict(self.economics)
        assumed = list(assumptions.pop("assumed"))
        told = {"aim": str(self.aim), "currency": self.currency, **asdict(self.best)}
        return {**told, "assumptions": assumptions, "assumed": assumed}


@dataclass(frozen=True)
class Outlook:
    """The level to expect and the best list; each null where the task has none."""

    level: Level | None
    money: Money | None

    def to_json(self) -> dict[str, Any]:
        """Return both by name."""
        return {
            "level": self.level.in_full() if self.level else None,
            "money": self.money.to_json() if self.money else None,
        }


def outlook(
    model: Model,
    learned: Examples,
    population: FeatureMatrix,
    *,
    as_of: datetime,
    economics: Economics,
    currency: str,
) -> Outlook | None:
    """Return what a model says of its population at a moment; `learned` are the rows behind it.

    None of nobody, and of an amount, of which neither is said.
    """
    if not len(population):
        return None
    predicted = model.predict(population)
    level = expected_level(model, learned, predicted, as_of=as_of)
    money = _money(model, population, predicted, economics, currency)
    return Outlook(level, money) if level or money else None


def _money(
    model: Model, population: FeatureMatrix, predicted: Floats, economics: Economics, currency: str
) -> Money | None:
    goal, worth = aim(model.task), value(model.task, population)
    if goal is None or np.isnan(worth).all():
        return None
    return Money(goal, best_list(predicted, worth, economics, goal), economics, currency)
