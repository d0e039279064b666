"""Findings about tonight's intake: a day that brought nothing, and files of which too much could not be kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np

from pipeline.events.quality.arrivals import MANY_SET_ASIDE, files_read
from pipeline.events.quality.finding import Finding, Severity, percent
from pipeline.events.quality.lately import BEFORE, DAYS, Lately
from pipeline.events.quality.usual import Floats
from pipeline.events.store import Store

DAY = timedelta(days=1)
FEWEST_ROWS = 20
MOST_SET_ASIDE = 0.3  # of tonight's rows: beyond, what is published would lack too many of them
BUSY = 10.0  # events on the quietest day of the weeks before: a shop that small has empty days
LOST = 2  # days of these weeks that may be missing themselves; a shop that is closed on Sundays has four


def about_intake(store: Store, past: Iterable[Lately], as_of: datetime) -> Iterator[Finding]:
    """Yield that the last day is missing, and the sources whose newest files were mostly set aside."""
    yield from _no_news(np.sum([each.events for each in past] or [np.zeros(DAYS)], axis=0))
    yield from _set_aside(store, as_of)


def _no_news(total: Floats) -> Iterator[Finding]:
    """Say that nothing came in on the last day, where every day before brought something but for some that got lost."""
    if total[0] == 0:
        quiet = float(np.partition(total[1 : 1 + BEFORE // 3], LOST)[LOST])
        if quiet >= BUSY:
            yield Finding(
                "freshness",
                Severity.WARNING,
                "No event of the last 24 hours has come in; of the four weeks before, "
                f"all days but {LOST} at most had {quiet:,.0f} or more.",
                "Check whether the export was made and is where segcast.toml looks for it.",
                {"quietest_day": quiet},
            )


def _set_aside(store: Store, as_of: datetime) -> Iterator[Finding]:
    """Say of each source of which files were read before that the newest ones could not be kept."""
    for source, tonight, before in _read_rows(store, as_of):
        share = tonight.share
        if before.rows < FEWEST_ROWS or tonight.rows < FEWEST_ROWS or share <= max(MANY_SET_ASIDE, 3 * before.share):
            continue
        yield Finding(
            "set aside",
            Severity.SEVERE if share > MOST_SET_ASIDE else Severity.WARNING,
            f"Of the newest rows of {source}, {percent(share)} could not be kept: {tonight.set_aside:,} of "
            f"{tonight.rows:,}. Before, it was {percent(before.share)}.",
            f"Mend the export, or what segcast.toml says of the columns of {source}: its files are then read again.",
            {"source": source, "set_aside": tonight.set_aside, "rows_read": tonight.rows, "share": share},
        )


def _read_rows(store: Store, as_of: datetime) -> Iterator[tuple[str, "_Read", "_Read"]]:
    """Yield what was read of each source tonight, and before. A night's files are read within a day of its moment."""
    files = files_read(store, as_of + DAY)
    tonight = files.ingested_at >= ibis.literal(as_of - DAY)
    sums = {
        "rows": files.rows.sum(where=tonight),
        "set_aside": files.set_aside.sum(where=tonight),
        "rows_before": files.rows.sum(where=~tonight),
        "set_aside_before": files.set_aside.sum(where=~tonight),
    }
    for row in store.engine.to_pyarrow(files.group_by("source").aggregate(**sums).order_by("source")).to_pylist():
        counts = [int(row[name] or 0) for name in sums]
        yield str(row["source"]), _Read(*counts[:2]), _Read(*counts[2:])


@dataclass(frozen=True)
class _Read:
    """How many rows were read, and how many of them could not be kept."""

    rows: int
    set_aside: int

    @property
    def share(self) -> float:
        return self.set_aside / self.rows if self.rows else 0.0
