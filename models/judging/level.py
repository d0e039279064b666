"""The share of a population for whom a target is expected to come true, and how far off that may be.

A model that ranks well may still promise too much or too little to everybody: the level moves with the season and with
the shop. How far it moved between the cut-offs that were learned from says how far it may have moved since; a season
that the log never saw may move it further.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np

from models.examples import Examples
from models.link import Floats, link, unlink
from models.model import Model
from models.tasks import TaskKind

UNSEEN_SEASON = 0.45
"""Standard deviation of the level on the logit scale where the season to come was never seen: a prior, not an estimate.
Of a wholesaler of gifts the share who buy within a quarter came .65 lower than a model of the quarter before it had
said, and .16 higher the next time; of a simulated shop, .74 higher at Christmas. A 95 % interval of this prior alone
reaches .88 to either side."""
SURE = 1.96  # standard deviations to either side of a 95 % interval


@dataclass(frozen=True)
class Level:
    """The expected share of a population at a moment, with a 95 % interval.

    `season_seen` says whether the same season a year before was learned from; where it was not, the interval is wider.
    """

    as_of: datetime
    customers: int
    share: float
    low: float
    high: float
    season_seen: bool

    def to_json(self) -> dict[str, float]:
        """Return the share and its interval by name."""
        return {
            "expected_share": self.share,
            "expected_share_low": self.low,
            "expected_share_high": self.high,
        }

    def in_full(self) -> dict[str, Any]:
        """Return everything by name."""
        told = {"as_of": self.as_of.isoformat(), "customers": self.customers, "season_seen": self.season_seen}
        return {**told, **self.to_json()}


def expected_level(model: Model, learned: Examples, predicted: Floats, *, as_of: datetime) -> Level | None:
    """Return the level to expect of a population by a model's predictions of shape (n,); None for an amount.

    `learned` holds the rows that the model learned from. Its base rates are not corrected for who had joined by when,
    so that a young shop's interval is wide.
    """
    if model.task.kind is not TaskKind.PROBABILITY:
        return None
    share = float(predicted.mean())
    off = SURE * np.sqrt(_variance(model, learned, predicted))
    ends = link(np.array([share]), TaskKind.PROBABILITY) + np.array([-off, off])
    low, high = unlink(ends, TaskKind.PROBABILITY)
    return Level(as_of, len(predicted), share, float(low), float(high), model.card.season_shift is not None)


def _variance(model: Model, learned: Examples, predicted: Floats) -> float:
    """Return how far off the level may be on the logit scale, squared: drift, season, carrying over and chance."""
    card, share = model.card, float(predicted.mean())
    parts = [learned.at(cut_off).label for cut_off in card.cut_offs]
    drift = drift_variance(card.cut_offs, [_base_rate(label) for label in parts], model.task.reach)
    season = 0.0 if card.season_shift is not None else UNSEEN_SEASON**2
    chance = 1 / (len(predicted) * share * (1 - share))
    return drift + season + (card.translation_doubt or 0.0) ** 2 + chance


def drift_variance(cut_offs: Sequence[datetime], shares: Sequence[float], ahead: timedelta) -> float:
    """Return the variance of the logit of a share after so much time, from its moves between cut-offs.

    As of a random walk: the squared moves of all pairs over all their spans of time. That of `UNSEEN_SEASON` where
    there is but one cut-off, of which nothing moved.
    """
    pairs = list(combinations(zip(cut_offs, link(np.array(shares), TaskKind.PROBABILITY), strict=True), 2))
    if not pairs:
        return UNSEEN_SEASON**2
    moved = sum((later - earlier) ** 2 for (_, earlier), (_, later) in pairs)
    spans = sum((later - earlier) / ahead for (earlier, _), (later, _) in pairs)
    return float(moved / spans)


def _base_rate(label: Floats) -> float:
    """Return the share of ones, with half a customer more on either side, so that its logit is finite."""
    return float((label.sum() + 0.5) / (len(label) + 1))
