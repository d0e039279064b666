"""Findings about tonight's intake: a day that brought nothing, and files of which too much could not be kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np

from pipeline.events.quality.arrivals import MANY_SET_ASIDE, MOST_SET_ASIDE
from pipeline.events.quality.finding import Finding, Severity, percent
from pipeline.events.quality.lately import BEFORE, DAYS, Lately
from pipeline.events.quality.usual import Floats
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS

DAY = timedelta(days=1)
FEWEST_ROWS = 20
BUSY = 10.0  # events on the quietest day of the weeks before: a shop that small has empty days


def about_intake(store: Store, past: Iterable[Lately], as_of: datetime) -> Iterator[Finding]:
    """Yield that the last day is missing, and the sources whose newest files were mostly set aside."""
    yield from _no_news(np.sum([each.events for each in past] or [np.zeros(DAYS)], axis=0))
    yield from _set_aside(store, as_of)


def _no_news(total: Floats) -> Iterator[Finding]:
    """Say that nothing came in on the last day, where every day before brought something."""
    if total[0] == 0:
        before = total[1 : 1 + BEFORE // 3]
        if before.min() >= BUSY:
            yield Finding(
                "freshness",
                Severity.WARNING,
                "No event of the last 24 hours has come in; on the quietest day of the four weeks before there were "
                f"{before.min():,.0f}.",
                "Check whether the export was made and is where segcast.toml looks for it.",
                {"quietest_day": float(before.min())},
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
    """Yield what was read of each source tonight, and before.

    A night's files are read within a day of its moment. Of a file that was read again, because its source's settings
    were mended, the last time counts.
    """
    ingests = store.read(INGESTS)
    known = ingests.filter(ingests.ingested_at < ibis.literal(as_of + DAY))
    again = ibis.row_number().over(group_by=("source", "digest"), order_by=ibis.desc("ingested_at"))
    once = known.mutate(again=again).filter(lambda one: one.again == 0)
    tonight = once.ingested_at >= ibis.literal(as_of - DAY)
    sums = {
        "rows": once.rows_read.sum(where=tonight),
        "set_aside": once.quarantined.sum(where=tonight),
        "rows_before": once.rows_read.sum(where=~tonight),
        "set_aside_before": once.quarantined.sum(where=~tonight),
    }
    for row in store.engine.to_pyarrow(once.group_by("source").aggregate(**sums).order_by("source")).to_pylist():
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
