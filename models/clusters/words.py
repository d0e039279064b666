"""The words that can set a cluster apart, and when they are true of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.matrix import FeatureMatrix
from models.clusters.space import TASTE
from models.columns import narrowed
from models.link import Floats

WINSOR = 0.99
TOLD_APART = 0.25  # of a standard deviation from everybody's mean: what differs less is not worth a word


@dataclass(frozen=True)
class Word:
    """Words that are true where a column is high enough, in ratio to everybody's and in itself; or low enough.

    `least` is the lowest value of whom the words are, and of everybody where it says that the value is low.
    """

    column: str
    text: str
    high: bool
    ratio: float
    least: float = 0.0

    def holds(self, own: float, usual: float) -> bool:
        """Say whether the words are true of a cluster beside everybody; never where either is null."""
        if self.high:
            return own >= self.ratio * usual and own >= self.least
        return own <= self.ratio * usual and usual >= self.least


ADJECTIVES = (
    Word("gift_season_order_share", "gift-season", high=True, ratio=1.5, least=0.5),
    Word("discounted_order_share_lifetime", "bargain-hunting", high=True, ratio=1.4, least=0.4),
    Word("discounted_order_share_lifetime", "full-price", high=False, ratio=0.5, least=0.15),
    Word("order_gap_spread_ratio", "steady", high=False, ratio=0.75, least=0.3),
    Word("average_order_value_lifetime", "big-basket", high=True, ratio=1.5),
    Word("average_order_value_lifetime", "small-basket", high=False, ratio=0.67),
)
CLAUSES = (
    Word("repeat_product_share_365d", "who buy the same again", high=True, ratio=1.4, least=0.2),
    Word("refunds_per_order_lifetime", "who send much back", high=True, ratio=1.5, least=0.2),
    Word("visits_365d", "who visit often", high=True, ratio=1.5, least=6),
    Word("orders_per_visit_365d", "who browse before they buy", high=False, ratio=0.75, least=0.1),
    Word("email_open_rate_365d", "who open mails", high=True, ratio=1.3, least=0.25),
    Word("categories_bought_lifetime", "who buy widely", high=True, ratio=1.4, least=3),
)
ALWAYS_READ = ("days_since_last_order", "days_since_first_order", "orders_lifetime", "revenue_lifetime")
READ = tuple(dict.fromkeys((*ALWAYS_READ, *(word.column for word in (*ADJECTIVES, *CLAUSES)))))


@dataclass(frozen=True)
class Typical:
    """What is typical of some customers: by column the middle value (the mean of a share), and how far from everybody.

    `apart` is the distance of the mean from everybody's in standard deviations of the winsorised log(1 + x). A column
    that is null for all of them is missing from both.
    """

    middle: Mapping[str, float]
    apart: Mapping[str, float]

    def said(self, words: tuple[Word, ...], everybody: "Typical") -> list[str]:
        """Return the words that are true and tell apart, the most telling first."""
        true = [
            word
            for word in words
            if word.column in self.middle
            and abs(self.apart[word.column]) >= TOLD_APART
            and word.holds(self.middle[word.column], everybody.middle[word.column])
        ]
        return [word.text for word in sorted(true, key=lambda word: -abs(self.apart[word.column]))]


def typical(matrix: FeatureMatrix, groups: Sequence[FeatureMatrix]) -> tuple[Typical, list[Typical]]:
    """Return what is typical of everybody in `matrix`, and of each group of its rows."""
    read = np.log1p(np.maximum(matrix.values, 0))
    caps = np.nanquantile(read, WINSOR, axis=0)
    read = np.minimum(read, caps)
    mean, spread = np.nanmean(read, axis=0), np.nanstd(read, axis=0)
    everybody = Typical(_middle(matrix), dict.fromkeys(matrix.names, 0.0))
    return everybody, [_beside(_known(rows), rows, caps, mean, spread) for rows in groups]


def read_by_words(matrix: FeatureMatrix) -> FeatureMatrix:
    """Return the columns that words are about and that are not null for everybody."""
    return _known(narrowed(matrix, [name for name in matrix.names if name in READ or name.startswith(TASTE)]))


def _known(matrix: FeatureMatrix) -> FeatureMatrix:
    return narrowed(matrix, [name for name in matrix.names if not np.isnan(matrix.column(name)).all()])


def _beside(known: FeatureMatrix, rows: FeatureMatrix, caps: Floats, mean: Floats, spread: Floats) -> Typical:
    apart = {}
    for place, name in enumerate(rows.names):
        if name in known.names:
            read = np.minimum(np.log1p(np.maximum(rows.values[:, place], 0)), caps[place])
            apart[name] = float((np.nanmean(read) - mean[place]) / (spread[place] or 1.0))
    return Typical(_middle(known), apart)


def _middle(matrix: FeatureMatrix) -> dict[str, float]:
    return {
        name: float(np.nanmean(matrix.column(name)) if "share" in name else np.nanmedian(matrix.column(name)))
        for name in matrix.names
    }
