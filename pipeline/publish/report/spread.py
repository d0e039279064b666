"""Where all customers stand by their chance of no further order: a column for every five in a hundred."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.publish.lists import column
from pipeline.publish.report.wording import number, percent

Floats = npt.NDArray[np.float64]

COLUMNS = 20
BANDS = ("low", "medium", "high")
WIDTH, HEIGHT = 400, 84
"""The columns' box in SVG units."""


@dataclass(frozen=True)
class Pillar:
    """The customers of one band within a twentieth, standing on those drawn before it."""

    band: str
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class BandFacts:
    """One band: how many, which share, and the least chance in it; `middle` is where its name stands."""

    name: str
    count: str
    share: str
    starts: str
    middle: float


@dataclass(frozen=True)
class Spread:
    """The columns, the bands from low to high, how many customers they hold, and the same in words."""

    pillars: tuple[Pillar, ...]
    bands: tuple[BandFacts, ...]
    scored: str
    label: str


def spread(edition: Edition) -> Spread | None:
    """Return where customers stand, None without a churn model."""
    table = edition.profiles.table
    known = pa.table(
        {
            "chance": column(table, "churn_probability", pa.float64()),
            "band": column(table, "churn_band", pa.string()),
        }
    ).drop_null()
    if not known.num_rows:
        return None
    chances = {name: known.filter(pc.equal(known["band"], name))["chance"].to_numpy() for name in BANDS}
    bands = tuple(_facts(name, chances[name], known.num_rows) for name in BANDS if len(chances[name]))
    told = ", ".join(f"{band.count} {band.name} ({band.share}, from {band.starts})" for band in bands)
    label = f"{number(known.num_rows)} customers by their chance of no further order: {told}"
    return Spread(tuple(_pillars(chances)), bands, number(known.num_rows), label)


def _facts(name: str, chances: Floats, scored: int) -> BandFacts:
    least, most = float(chances.min()), float(chances.max())
    middle = round((least + most) / 2 * WIDTH, 1)
    return BandFacts(name, number(len(chances)), percent(len(chances) / scored), f"{least:.0%}", middle)


def _pillars(chances: Mapping[str, Floats]) -> Iterator[Pillar]:
    """Yield the columns from left to right, in each the lowest band at the bottom."""
    counts = {name: np.histogram(those, COLUMNS, (0.0, 1.0))[0] for name, those in chances.items()}
    most = int(np.sum(list(counts.values()), axis=0).max())
    for at in range(COLUMNS):
        top = float(HEIGHT)
        for name in chances:
            height = float(counts[name][at]) / most * HEIGHT
            top -= height
            if height:
                yield Pillar(name, round(at * WIDTH / COLUMNS, 1), round(top, 1), round(height, 1))
