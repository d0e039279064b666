"""A segment's size over the last publications as a line in a small box, each to its own scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.publish.record import Trend
from pipeline.publish.report.wording import Wording, number

WIDTH, HEIGHT = 120, 32
"""The box in SVG units; `EDGE` stays free on every side of it for the dots."""
EDGE = 4
FEWEST = 3
"""Of fewer sizes a line would say more than is known."""


@dataclass(frozen=True)
class Spark:
    """The line in unbroken runs of points, where it ends, where it was redefined, and the same in words.

    `end` is None where the segment was not decided this time.
    """

    runs: tuple[str, ...]
    end: tuple[float, float] | None
    redefined: tuple[float, ...]
    first: str
    lowest: str
    highest: str
    label: str


def sparkline(trend: Trend, segment: str, words: Wording) -> Spark | None:
    """Return the line of one segment, None while there are too few sizes for one."""
    sizes = trend.sizes.get(segment, ())
    known = [size for size in sizes if size is not None]
    if len(known) < FEWEST:
        return None
    lowest, highest = min(known), max(known)
    points = [
        None if size is None else _point(at, size, len(sizes), (lowest, highest)) for at, size in enumerate(sizes)
    ]
    return Spark(
        runs=tuple(_runs(points)),
        end=points[-1],
        redefined=tuple(_across(at, len(sizes)) for at in trend.redefined.get(segment, ())),
        first=number(known[0]),
        lowest=number(lowest),
        highest=number(highest),
        label=_label(trend, segment, sizes, words),
    )


def _point(at: int, size: int, count: int, scale: tuple[int, int]) -> tuple[float, float]:
    lowest, highest = scale
    height = (size - lowest) / (highest - lowest) if highest > lowest else 0.5
    return _across(at, count), round(HEIGHT - EDGE - height * (HEIGHT - 2 * EDGE), 1)


def _across(at: int, count: int) -> float:
    return round(EDGE + at / max(1, count - 1) * (WIDTH - 2 * EDGE), 1)


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[str]:
    """Yield the points of each run without a gap as SVG wants them; a point alone twice, or nothing would be drawn."""
    for gap, run in groupby(points, key=lambda point: point is None):
        if not gap:
            placed = [f"{point[0]:g},{point[1]:g}" for point in run if point is not None]
            yield " ".join(placed if len(placed) > 1 else placed * 2)


def _label(trend: Trend, segment: str, sizes: Sequence[int | None], words: Wording) -> str:
    told = [(moment, size) for moment, size in zip(trend.moments, sizes, strict=True) if size is not None]
    (begin, first), (end, last) = told[0], told[-1]
    low, high = min(told, key=lambda one: one[1]), max(told, key=lambda one: one[1])
    extremes = f"lowest {number(low[1])} on {words.day(low[0])}, highest {number(high[1])} on {words.day(high[0])}"
    days = [words.day(trend.moments[at]) for at in trend.redefined.get(segment, ())]
    marked = f"; redefined on {', '.join(days)}" if days else ""
    return f"{words.date(begin)} to {words.date(end)}: from {number(first)} to {number(last)}; {extremes}{marked}"
