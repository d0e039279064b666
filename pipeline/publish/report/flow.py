"""How customers moved between segments of which each is in one: bands from where they were to where they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.publish.record import Move

WIDTH, BAR = 400, 7
"""The drawing in SVG units: its width, and that of the bars; names stand outside of them in `MARGIN`."""
MARGIN, TOP, GAP, TALLEST, SHORTEST = 118, 22, 17, 210, 2
OUTSIDE_BEFORE, OUTSIDE_NOW = "not known yet", "no stage"
WORSE, BETTER = ("slipping", "lapsed"), ("new", "active")


@dataclass(frozen=True)
class Node:
    """A segment on one side: where its bar begins and how tall it is, its name, and how many moved."""

    name: str
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class Band:
    """Customers who went one way: the outline in SVG, the tone (worse, better or even) and what it says."""

    path: str
    tone: str
    label: str


@dataclass(frozen=True)
class Flow:
    """The whole drawing: on the left where they came from, on the right where they went, and the same in words."""

    height: float
    before: tuple[Node, ...]
    now: tuple[Node, ...]
    bands: tuple[Band, ...]
    label: str
    movers: int


def flow(moved: Sequence[Move], titles: Mapping[str, str]) -> Flow | None:
    """Return the drawing, in the order of `titles` on both sides; None where nobody moved."""
    if not moved:
        return None
    total = sum(move.customers for move in moved)
    scale = TALLEST / total
    before = _side([(move.source, move.customers) for move in moved], titles, scale)
    now = _side([(move.target, move.customers) for move in moved], titles, scale)
    bottom = max(node.y + node.height for side in (before, now) for node in side.values())
    return Flow(
        height=round(bottom + GAP, 1),
        before=tuple(_worded(before, titles, OUTSIDE_BEFORE)),
        now=tuple(_worded(now, titles, OUTSIDE_NOW)),
        bands=tuple(_bands(moved, titles, (before, now), scale)),
        label="; ".join(said(move, titles) for move in moved),
        movers=total,
    )


def said(move: Move, titles: Mapping[str, str]) -> str:
    """Return a move in words: `14 from Active to Slipping`."""
    source, target = (_short(titles.get(end, end)) if end else None for end in (move.source, move.target))
    return f"{move.customers:,} from {source or OUTSIDE_BEFORE} to {target or OUTSIDE_NOW}"


def tone(move: Move) -> str:
    """Say whether a move is for the worse or for the better, as far as the name of where it leads tells."""
    target = (move.target or "").lower()
    if move.target is None or target.endswith(WORSE):
        recovered = target.endswith(WORSE[0]) and (move.source or "").lower().endswith(WORSE[1])
        return "better" if recovered else "worse"
    return "better" if target.endswith(BETTER) else "even"


def _short(title: str) -> str:
    """Return what a title says beyond its group: `Stage: Active` is Active among stages."""
    return title.rpartition(": ")[2]


@dataclass(frozen=True)
class _Bar:
    count: int
    y: float
    height: float


def _side(ends: Sequence[tuple[str | None, int]], titles: Mapping[str, str], scale: float) -> dict[str | None, _Bar]:
    """Return the bars of one side from top to bottom."""
    counts: dict[str | None, int] = {}
    for name, customers in ends:
        counts[name] = counts.get(name, 0) + customers
    bars, top = {}, float(TOP)
    for name in sorted(counts, key=lambda name: _place(name, titles)):
        height = max(SHORTEST, counts[name] * scale)
        bars[name] = _Bar(counts[name], top, height)
        top += height + GAP
    return bars


def _place(name: str | None, titles: Mapping[str, str]) -> tuple[int, str]:
    order = list(titles)
    return (len(order) + 1, "") if name is None else (order.index(name) if name in titles else len(order), name)


def _worded(bars: Mapping[str | None, _Bar], titles: Mapping[str, str], outside: str) -> Iterable[Node]:
    for name, bar in bars.items():
        title = outside if name is None else _short(titles.get(name, name))
        yield Node(title, bar.count, round(bar.y, 1), round(bar.height, 1))


def _bands(
    moved: Sequence[Move],
    titles: Mapping[str, str],
    sides: tuple[Mapping[str | None, _Bar], Mapping[str | None, _Bar]],
    scale: float,
) -> Iterable[Band]:
    """Yield the bands, laid beside one another at each bar in the order of the bars at their other end."""
    before, now = sides
    used_before, used_now = dict.fromkeys(before, 0.0), dict.fromkeys(now, 0.0)
    for move in sorted(moved, key=lambda one: (_place(one.source, titles), _place(one.target, titles))):
        thick = move.customers * scale
        left, right = before[move.source].y + used_before[move.source], now[move.target].y + used_now[move.target]
        used_before[move.source] += thick
        used_now[move.target] += thick
        yield Band(_path(left, right, thick), tone(move), said(move, titles))


def _path(left: float, right: float, thick: float) -> str:
    """Return the outline of a band between two heights, curved so that it leaves and arrives level."""
    start, end = MARGIN + BAR, WIDTH - MARGIN - BAR
    middle = (start + end) / 2
    upper = f"M{start} {left:.1f}C{middle:g} {left:.1f} {middle:g} {right:.1f} {end} {right:.1f}"
    low_left, low_right = left + thick, right + thick
    return f"{upper}V{low_right:.1f}C{middle:g} {low_right:.1f} {middle:g} {low_left:.1f} {start} {low_left:.1f}Z"
