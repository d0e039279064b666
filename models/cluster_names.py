"""A readable name for each cluster, from what sets its customers apart from all others."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix

READ = ("days_since_last_order", "days_since_first_order", "orders_lifetime", "revenue_lifetime")
ONE_ORDER = 1.5  # the middle customer has one order
LONG_AGO, RECENT, NEW = 1.3, 0.7, 0.5  # of the typical days since the last order, and since the first
MANY, MUCH, LITTLE = 2.0, 1.5, 0.6  # of the typical orders and spend

Middle = Mapping[str, float]


def name_clusters(matrix: FeatureMatrix, members: npt.NDArray[np.int_], count: int) -> tuple[str, ...]:
    """Return a distinct name for each cluster, in the order of their numbers; `members` has shape (n,)."""
    typical = _middle(matrix)
    middles = [_middle(matrix.where(members == number)) for number in range(count)]
    described = [_describe(middle, typical) for middle in middles]
    spend = [middle["revenue_lifetime"] for middle in middles]
    return tuple(_distinct(number, described, spend) for number in range(count))


def _middle(matrix: FeatureMatrix) -> Middle:
    return {name: float(np.nanmedian(matrix.column(name))) for name in READ}


def _describe(middle: Middle, typical: Middle) -> str:
    return f"{_tempo(middle, typical)} {_kind(middle, typical)}".strip().capitalize()


def _tempo(middle: Middle, typical: Middle) -> str:
    waited = middle["days_since_last_order"] / max(typical["days_since_last_order"], 1)
    known = middle["days_since_first_order"] / max(typical["days_since_first_order"], 1)
    if waited >= LONG_AGO:
        return "lapsed"
    if known <= NEW:
        return "new"
    if middle["orders_lifetime"] >= max(MANY * typical["orders_lifetime"], 2):
        return "frequent"
    return "recent" if waited <= RECENT else ""


def _kind(middle: Middle, typical: Middle) -> str:
    if middle["orders_lifetime"] < ONE_ORDER:
        return "one-time buyers"
    if middle["revenue_lifetime"] >= MUCH * typical["revenue_lifetime"]:
        return "big spenders"
    return "small spenders" if middle["revenue_lifetime"] <= LITTLE * typical["revenue_lifetime"] else "repeat buyers"


def _distinct(number: int, described: list[str], spend: list[float]) -> str:
    """Return a cluster's description, with its place by spend where others share the description."""
    alike = sorted((n for n, text in enumerate(described) if text == described[number]), key=lambda n: -spend[n])
    if len(alike) == 1:
        return described[number]
    if number == alike[0]:
        return f"{described[number]}, highest spend"
    if number == alike[-1]:
        return f"{described[number]}, lowest spend"
    return f"{described[number]}, spend level {alike.index(number) + 1}"
