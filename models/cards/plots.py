"""Where the marks of a model card's plots stand, in the units of their SVG view boxes: x to the right, y downwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

SIDE = 200
LARGEST, SMALLEST = 7.0, 2.5
GAP = 1.0  # between two bars

Group = tuple[float, float, int]  # predicted, observed, how many


@dataclass(frozen=True)
class Dot:
    """A point, its radius, and what it says."""

    x: float
    y: float
    radius: float
    label: str


@dataclass(frozen=True)
class Block:
    """An upright bar that stands on the axis, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str


def reliability_dots(groups: Sequence[Group], labels: Sequence[str], *, highest: float) -> tuple[Dot, ...]:
    """Return a dot a group: to the right what was said, upwards what came, both from nought to `highest`.

    Its area is by how many they are.
    """
    most = max((count for _, _, count in groups), default=1)
    return tuple(
        Dot(
            x=_at(predicted / highest),
            y=_at(1 - observed / highest),
            radius=round(max(SMALLEST, LARGEST * sqrt(count / most)), 1),
            label=label,
        )
        for (predicted, observed, count), label in zip(groups, labels, strict=True)
    )


def gains_points(captured_so_far: Sequence[float | None]) -> str:
    """Return the line from nobody to everybody through the share that each further tenth brings, for `points`."""
    told = [share or 0.0 for share in captured_so_far]
    steps = [(0.0, 0.0), *((place / len(told), share) for place, share in enumerate(told, start=1))]
    return " ".join(f"{_at(x)},{_at(1 - y)}" for x, y in steps)


def blocks(counts: Sequence[int], labels: Sequence[str]) -> tuple[Block, ...]:
    """Return a bar a count, the highest as high as the plot."""
    most, width = max([1, *counts]), SIDE / max(len(counts), 1)
    return tuple(
        Block(
            x=round(place * width + GAP / 2, 1),
            y=_at(1 - count / most),
            width=round(width - GAP, 1),
            height=_at(count / most),
            label=label,
        )
        for place, (count, label) in enumerate(zip(counts, labels, strict=True))
    )


def _at(share: float) -> float:
    return round(share * SIDE, 1)
