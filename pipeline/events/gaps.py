"""Silences of the tracker, remembered: a customer who was not heard of is not one who was silent."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import ibis
import pyarrow as pa

from pipeline.events.store import Store
from pipeline.events.tables import GAPS

SILENT, HALVED = "silent", "halved"
EVERY_TYPE = "*"


@dataclass(frozen=True)
class Gap:
    """Days on which an event type was silent, or halved; `event_type` is `*` when all of them were silent.

    `ended_at` is null while it lasts. A gap that ended when it began was none: what seemed missing came late.
    """

    event_type: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    expected_per_day: float
    seen_per_day: float


def known_gaps(store: Store, as_of: datetime) -> tuple[Gap, ...]:
    """Return the gaps as found before `as_of`: of each the newest finding, and none that turned out to be none."""
    gaps = store.read(GAPS)
    found = gaps.filter(gaps.found_at < ibis.literal(as_of))
    newest = ibis.row_number().over(group_by=(found.event_type, found.started_at), order_by=found.found_at.desc())
    latest = found.mutate(place=newest).filter(lambda one: one.place == 0).order_by("started_at", "event_type")
    rows = store.engine.to_pyarrow(latest.select(*GAPS.columns)).cast(GAPS.schema).drop_columns("found_at")
    known = (Gap(**row) for row in rows.to_pylist())
    return tuple(gap for gap in known if gap.ended_at != gap.started_at)


def remember(store: Store, gaps: Iterable[Gap], found_at: datetime) -> int:
    """Write down what these gaps say beyond what is known, and return how many rows that took.

    `gaps` are all that a look at the whole log found. A known one that is not among them any more was none.
    """
    found = {(gap.event_type, gap.started_at): gap for gap in gaps}
    known = {(gap.event_type, gap.started_at): gap for gap in known_gaps(store, found_at + timedelta(microseconds=1))}
    news = [gap for key, gap in found.items() if key not in known or _says_more(gap, known[key])]
    gone = [replace(gap, ended_at=gap.started_at) for key, gap in known.items() if key not in found]
    rows = [{**asdict(gap), "found_at": found_at} for gap in (*news, *gone)]
    if rows:
        store.append(GAPS, pa.Table.from_pylist(rows, schema=GAPS.schema))
    return len(rows)


def overlaps(
    gaps: Iterable[Gap],
    event_types: Collection[str],
    start: datetime,
    end: datetime,
    kinds: Collection[str] = (SILENT, HALVED),
) -> float:
    """Return the share of [start, end) in which at least one of the event types was in a gap; 0 of an empty span."""
    about = (gap for gap in gaps if gap.kind in kinds and gap.event_type in {*event_types, EVERY_TYPE})
    spans = sorted((max(gap.started_at, start), min(gap.ended_at or end, end)) for gap in about)
    covered, reached = timedelta(0), start
    for begins, ends in spans:
        covered += max(ends - max(begins, reached), timedelta(0))
        reached = max(reached, ends)
    return covered / (end - start) if end > start else 0.0


def _says_more(gap: Gap, known: Gap) -> bool:
    return (gap.kind, gap.ended_at) != (known.kind, known.ended_at)
