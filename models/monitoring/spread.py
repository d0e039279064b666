"""How values are spread over bins that a reference drew, and how far that moves by itself as time goes by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.link import Floats
from models.monitoring.psi import psi

BINS = 10
MOST_COMPARED = 5_000  # customers of a moment, every so manieth, to tell what is usual
COMMON = 0.1  # of the values known: one as frequent as this has a bin of its own


@dataclass(frozen=True)
class Spread:
    """Customers by bin at one moment, and how far these numbers usually move.

    The first of `counts` are those without a value; then come the bins, each up to and with its edge, the last one
    without end: two more counts than `edges`. `usual` has, by a number of days, the largest PSI that was seen
    between two earlier moments at most so far apart, of which the least number of days stands for any shorter time.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    usual: tuple[tuple[float, float], ...] = ()

    def count(self, values: Floats) -> Floats:
        """Return how many of the values, of shape (n,), lie in each bin; NaN is none."""
        known = values[~np.isnan(values)]
        places = np.searchsorted(self.edges, known, side="left")
        counted = np.bincount(places, minlength=len(self.edges) + 1)
        return np.concatenate([[len(values) - len(known)], counted]).astype(np.float64)

    def distance(self, counted: Floats) -> float:
        """Return the PSI of other counts by the same bins."""
        return psi(np.asarray(self.counts, np.float64), counted)

    def usual_after(self, days: float) -> float:
        """Return how far the values move by themselves in so many days; 0 where nothing is known of it.

        Beyond what was seen, what trends goes on: the index grows with the square of the way.
        """
        if not self.usual:
            return 0.0
        for apart, moved in self.usual:
            if days <= apart:
                return moved
        apart, moved = self.usual[-1]
        return moved * (days / apart) ** 2

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values; `from_dict` reads them."""
        return {"edges": list(self.edges), "counts": list(self.counts), "usual": [list(one) for one in self.usual]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Spread":
        """Return what `as_dict` described."""
        usual = tuple((float(days), float(moved)) for days, moved in told["usual"])
        return cls(tuple(map(float, told["edges"])), tuple(map(int, told["counts"])), usual)


def spread_of(values: Floats, earlier: Mapping[float, Floats]) -> Spread:
    """Return how values of shape (n,) are spread now; `earlier` holds those of earlier moments, by days before now."""
    drawn = _drawn(values)
    return Spread(drawn.edges, drawn.counts, _usual({0.0: values, **earlier}))


def _drawn(values: Floats) -> Spread:
    edges = _edges(values)
    return Spread(edges, tuple(Spread(edges, ()).count(values).astype(int).tolist()))


def _edges(values: Floats) -> tuple[float, ...]:
    """Return the inner edges: deciles, but around values that many customers share, such as none at all."""
    known = values[np.isfinite(values)]
    if not len(known):
        return ()
    distinct, times = np.unique(known, return_counts=True)
    common = distinct[times >= COMMON * len(known)]
    rest = known[~np.isin(known, common)]
    tenths = np.quantile(rest, np.arange(1, BINS) / BINS) if len(rest) else np.empty(0)
    edges = np.unique(np.concatenate([np.nextafter(common, -np.inf), common, tenths]))
    return tuple(edges[(edges >= known.min()) & (edges < known.max())].tolist())


def _usual(moments: Mapping[float, Floats]) -> tuple[tuple[float, float], ...]:
    """Return the largest PSI by how far apart two moments were, never less than that of moments nearer together.

    The bins are those of the earlier moment, as if that had been the reference.
    """
    some = {days: values[:: 1 + len(values) // MOST_COMPARED] for days, values in moments.items()}
    drawn = {days: _drawn(values) for days, values in some.items()}
    found: dict[float, float] = {}
    for before, after in ((before, after) for before in some for after in some if before > after):
        moved = drawn[before].distance(drawn[before].count(some[after]))
        found[before - after] = max(found.get(before - after, 0.0), moved)
    most = np.maximum.accumulate([found[apart] for apart in sorted(found)]) if found else ()
    return tuple(zip(sorted(found), map(float, most), strict=True))
