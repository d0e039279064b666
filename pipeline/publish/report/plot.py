"""Where the marks of the page's plots stand, in the units of their SVG view boxes."""

from dataclasses import dataclass
from math import sqrt

SIDE = 200
"""The reliability plot's square, in SVG units; margins are the template's."""
LARGEST, SMALLEST = 8.0, 3.0


@dataclass(frozen=True)
class Mark:
    """One group of customers: where it stands, how large, and what it says."""

    x: float
    y: float
    radius: float
    label: str


@dataclass(frozen=True)
class Span:
    """A value with its interval on a horizontal axis from 0 to 100, and where zero stands on it."""

    low: float
    value: float
    high: float
    zero: float


@dataclass(frozen=True)
class Pair:
    """One group of customers: where what was said and what came stand, from 0 to 100, the largest of all at the end."""

    said: float
    came: float


def amount_pairs(groups: tuple[tuple[float, float, int], ...]) -> tuple[Pair, ...]:
    """Return a pair a group, highest first, on a scale of square roots, so that small amounts are told apart too."""
    most = most_of(groups) or 1.0
    scaled = [(sqrt(max(0.0, said) / most), sqrt(max(0.0, came) / most)) for said, came, _ in reversed(groups)]
    return tuple(Pair(round(said * 100, 1), round(came * 100, 1)) for said, came in scaled)


def most_of(groups: tuple[tuple[float, float, int], ...]) -> float:
    """Return the largest amount that was said or came."""
    return max((max(said, came) for said, came, _ in groups), default=0.0)


def reliability_marks(groups: tuple[tuple[float, float, int], ...]) -> tuple[Mark, ...]:
    """Return a mark a group: to the right what was predicted, upwards what came true, its area by its customers."""
    most = max((count for _, _, count in groups), default=1)
    return tuple(
        Mark(
            x=round(predicted * SIDE, 1),
            y=round((1 - observed) * SIDE, 1),
            radius=round(max(SMALLEST, LARGEST * sqrt(count / most)), 1),
            label=f"said {predicted:.0%}, came true for {observed:.0%} of {count:,}",
        )
        for predicted, observed, count in groups
    )


def interval_span(difference: tuple[float, float, float]) -> Span:
    """Return where a difference and its interval stand on an axis that always holds zero, with room at both ends."""
    value, low, high = difference
    left, right = min(low, 0.0), max(high, 0.0)
    room = (right - left) * 0.12 or 1.0
    start, width = left - room, right - left + 2 * room
    value, low, high, zero = (round((point - start) / width * 100, 1) for point in (value, low, high, 0.0))
    return Span(low=low, value=value, high=high, zero=zero)
