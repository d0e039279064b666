"""The space in which customers are compared: behaviour in comparable units, of which the main directions are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.matrix import FeatureMatrix
from models.columns import column, columns
from models.link import Floats

WINSOR = 0.99
EVIDENCE = 2.0  # orders that a usual share weighs as much as: one order in the gift season makes nobody a gift giver
AXES = 4  # more of them carry noise: two halves of the same customers then find different clusters


@dataclass(frozen=True)
class Topic:
    """Columns that say one thing, and how much it weighs in all, however many they are.

    `shares` are parts of a customer's orders, which say the less the fewer orders there are; everything else is read
    as log(1 + x). Where `prefix` is given the columns are all that start so, and they keep their own proportions.
    """

    names: tuple[str, ...] = ()
    shares: bool = False
    prefix: str = ""
    weight: float = 1.0

    def found(self, matrix: FeatureMatrix) -> tuple[str, ...]:
        """Return the columns of it that are not the same for all rows."""
        named = self.names or tuple(name for name in matrix.names if name.startswith(self.prefix))
        return tuple(name for name in named if name in matrix.names and _varies(matrix.column(name)))


# Chosen by how well clusters find the groups that the simulated shop is made of: visits, mails and discounts tell what
# customers see more than who they are, and made clusters less stable. They still tell clusters apart in their names.
TASTE = "category_item_share_"
ONE_TIME_TOPICS = (
    Topic(("days_since_last_order",)),
    Topic(("average_order_value_lifetime",)),
    Topic(("gift_season_order_share",)),
)
REPEAT_TOPICS = (
    Topic(("days_since_last_order",)),
    Topic(("orders_lifetime", "orders_365d")),
    Topic(("average_order_value_lifetime",)),
    Topic(("order_gap_mean_days",), weight=0.5),
    Topic(("order_gap_spread_ratio",), shares=True, weight=0.5),
    Topic(("repeat_product_share_365d",), shares=True),
    Topic(("gift_season_order_share",), shares=True),
    Topic(("refunds_per_order_lifetime",), shares=True),
    Topic(shares=True, prefix=TASTE, weight=2.0),
)


@dataclass(frozen=True)
class Space:
    """How columns become places: `names` of c columns, which of them are `shares`, and what was usual when fitted.

    `caps`, `usual`, `centre` and `scale` have shape (c,), `axes` shape (axes, c). Null counts as usual.
    """

    names: tuple[str, ...]
    shares: tuple[bool, ...]
    caps: Floats
    usual: Floats
    centre: Floats
    scale: Floats
    axes: Floats

    def place(self, matrix: FeatureMatrix) -> Floats:
        """Return where each row lies, of shape (n, axes)."""
        read = np.minimum(_read(matrix, self.names, self.shares), self.caps)
        return _placed(_filled(matrix, read, self.shares, self.usual), self) @ self.axes.T

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists."""
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Space":
        """Return the space that `as_dict` told of."""
        names, shares = tuple(told["names"]), tuple(told["shares"])
        arrays = {name: np.array(told[name], np.float64) for name in ("caps", "usual", "centre", "scale")}
        axes = np.array(told["axes"], np.float64).reshape(len(told["axes"]), len(names))
        return cls(names, shares, **arrays, axes=axes)


def fit_space(matrix: FeatureMatrix, topics: Sequence[Topic]) -> Space:
    """Learn caps, usual values, scales and main directions from rows of one cut-off, for the topics that vary there."""
    found = [(topic, names) for topic in topics if (names := topic.found(matrix))]
    names = tuple(name for _, of_topic in found for name in of_topic)
    shares = tuple(topic.shares for topic, of_topic in found for _ in of_topic)
    if not names:
        none = np.zeros(0)
        return Space((), (), none, none, none, none, np.zeros((1, 0)))
    read = _read(matrix, names, shares)
    caps = np.nanquantile(read, WINSOR, axis=0)
    read = np.minimum(read, caps)
    usual = np.where(shares, np.nanmean(read, axis=0), np.nanmedian(read, axis=0))
    known = _filled(matrix, read, shares, usual)
    scale = _scale(known, found)
    unturned = Space(names, shares, caps, usual, known.mean(axis=0), scale, np.eye(len(names)))
    axes = np.linalg.svd(_placed(known, unturned), full_matrices=False)[2][:AXES]
    return Space(names, shares, caps, usual, unturned.centre, scale, axes)


def _read(matrix: FeatureMatrix, names: Sequence[str], shares: Sequence[bool]) -> Floats:
    read = np.maximum(columns(matrix, names), 0)
    return np.where(shares, read, np.log1p(read))


def _filled(matrix: FeatureMatrix, read: Floats, shares: Sequence[bool], usual: Floats) -> Floats:
    """Return values without null, shares drawn towards the usual one by so many orders as count for evidence."""
    known = np.where(np.isnan(read), usual, read)
    orders = np.maximum(column(matrix, "orders_lifetime"), 0)[:, np.newaxis]
    return np.where(shares, (known * orders + usual * EVIDENCE) / (orders + EVIDENCE), known)


def _placed(known: Floats, space: Space) -> Floats:
    return np.asarray((known - space.centre) / space.scale)


def _scale(known: Floats, found: Sequence[tuple[Topic, tuple[str, ...]]]) -> Floats:
    """Return what each column is divided by, so that the variance of each topic is its weight."""
    spread, parts, start = known.std(axis=0), [], 0
    for topic, names in found:
        own = spread[start : start + len(names)]
        each = np.full(len(names), np.sqrt((own**2).sum())) if topic.prefix else own * np.sqrt(len(names))
        parts.append(each / np.sqrt(topic.weight))
        start += len(names)
    scale = np.concatenate(parts)
    return np.where(scale > 0, scale, 1.0)


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and bool((known != known[0]).any())
