"""Which features have moved since a model was trained, beyond chance and beyond what they do by themselves.

A tenure grows with the calendar, a count since ever too, and a shop before Christmas is not what it was in August. So
the way that a feature has gone since the training is held against the ways that it went between the past moments that
the model learned from: what moves every month is not news.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.link import Floats
from models.monitoring.psi import by_chance
from models.monitoring.reference import DAY, Reference
from models.monitoring.spread import Spread

SOME = 0.1  # the usual rule of thumb; see psi.py for why it is not enough by itself
BEYOND_USUAL = 2.0
"""Of the usual PSI, which is about the square of the way: 1.4 times as far as ever seen in such a time."""
ONCE_IN = 10_000  # looks without any change: a hundred features and a year of nights make tens of thousands


@dataclass(frozen=True)
class Moved:
    """How far something moved: its PSI, how far it usually moves in such a time, and what chance alone may do."""

    psi: float
    usual: float
    chance: float

    @property
    def beyond(self) -> bool:
        """Whether it moved by some, further than usual and further than by chance."""
        return self.psi > max(SOME, BEYOND_USUAL * self.usual, self.chance)


@dataclass(frozen=True)
class MovedFeature:
    """A feature that moved, its topic, and the model's weight on it."""

    name: str
    topic: str
    weight: float
    moved: Moved


@dataclass(frozen=True)
class Drift:
    """What moved beyond the usual since a training, the weightiest features first, and how the scores moved.

    `compared` is the weight of all features that could be compared; `highest` the share of customers in the highest bin
    of the scores then, and now.
    """

    features: tuple[MovedFeature, ...]
    compared: float
    scores: Moved
    highest: tuple[float, float]

    @property
    def leaned_on(self) -> float:
        """The share of what the model leans on that moved, of what could be compared."""
        return sum(one.weight for one in self.features) / self.compared if self.compared else 0.0


def drift(reference: Reference, column: Callable[[str], Floats | None], scores: Floats, as_of: datetime) -> Drift:
    """Compare a population at a moment with a model's reference.

    `column` gives a feature of every customer of the population, of shape (n,), or None where these profiles do not
    have it; `scores` are what was predicted of them, of the same shape.
    """
    days = abs((as_of - reference.as_of) / DAY)
    seen = ((name, one, column(name)) for name, one in reference.features.items())
    compared = [(name, one, moved(one.spread, values, days)) for name, one, values in seen if values is not None]
    return Drift(
        tuple(MovedFeature(name, one.topic, one.weight, how) for name, one, how in compared if how.beyond),
        sum(one.weight for _, one, _ in compared),
        moved(reference.scores, scores, days),
        (_highest(np.asarray(reference.scores.counts)), _highest(reference.scores.count(scores))),
    )


def moved(spread: Spread, values: Floats, days: float) -> Moved:
    """Return how far values, of shape (n,), are from how they were spread so many days ago."""
    before, now = np.asarray(spread.counts, np.float64), spread.count(values)
    return Moved(spread.distance(now), spread.usual_after(days), by_chance(before, now, once_in=ONCE_IN))


def _highest(counted: Floats) -> float:
    return float(counted[-1] / max(counted.sum(), 1))
