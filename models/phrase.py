"""A phrase: words that are true of some customers, and how numbers are said in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix

Mask = npt.NDArray[np.bool_]
Own = Mapping[str, float]


@dataclass(frozen=True)
class Peers:
    """Customers at one moment beside what is usual among them: the median of each feature."""

    matrix: FeatureMatrix

    def __getitem__(self, name: str) -> npt.NDArray[np.float64]:
        return self.matrix.column(name)

    def low(self, name: str) -> Mask:
        """Who is at or under the median."""
        return self[name] <= self._usual(name)

    def high(self, name: str) -> Mask:
        """Who is at or over the median."""
        return self[name] >= self._usual(name)

    def _usual(self, name: str) -> float:
        known = self[name][~np.isnan(self[name])]
        return float(np.median(known)) if len(known) else np.nan


class Phrase(NamedTuple):
    """Words about a topic, whether they speak for leaving, of whom they are true, and which features they read."""

    topic: str
    leaving: bool
    reads: tuple[str, ...]
    holds: Callable[[Peers], Mask]
    words: Callable[[Own, str], str]


def days(number: float) -> str:
    """Return "1 day", "74 days"."""
    return counted(number, "day")


def ago(number: float) -> str:
    """Return "74 days ago", "less than a day ago"."""
    return f"{days(number)} ago" if number >= 1 else "less than a day ago"


def counted(number: float, noun: str) -> str:
    """Return "1 order", "1,200 orders"."""
    whole = round(number)
    return f"{whole:,} {noun}{'' if whole == 1 else 's'}"


def money(amount: float, currency: str) -> str:
    """Return "£1,200"."""
    return f"{currency}{amount:,.0f}"


def change(ratio: float) -> str:
    """Return by how much a ratio is above or below one: "62 %"."""
    return share(abs(ratio - 1))


def share(part: float) -> str:
    """Return "62 %"."""
    return f"{part:.0%}".replace("%", " %")


LEAVING, STAYING = True, False
GREW, SHRANK, FELL, ROSE = 1.2, 0.8, 0.9, 1.1  # ratios at which a change is worth a word
