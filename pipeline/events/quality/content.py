"""Findings about what events say: names that are not listed, money in several currencies."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import did_you_mean
from pipeline.events.quality.finding import Finding, Severity, listed, percent
from pipeline.events.tables import EVENT_TYPES


def about_event_types(volumes: pa.Table) -> Iterator[Finding]:
    """Yield the event types that are kept under a name of their own."""
    totals = volumes.group_by("event_type").aggregate([("events", "sum")]).sort_by([("events_sum", "descending")])
    unlisted = totals.filter(pc.invert(pc.is_in(totals["event_type"], pa.array(list(EVENT_TYPES)))))
    if not len(unlisted):
        return
    names = unlisted["event_type"].to_pylist()
    share = pc.sum(unlisted["events_sum"]).as_py() / pc.sum(totals["events_sum"]).as_py()
    meant = did_you_mean(names[0], EVENT_TYPES)
    yield Finding(
        "event types",
        Severity.NOTE,
        f"{percent(share)} of the events are of types that are not listed: {listed(names)}.{meant}",
        "Conditions can count them under these names; features look at listed types only.",
        {"events": dict(zip(names, unlisted["events_sum"].to_pylist(), strict=True)), "share": share},
    )


def about_currencies(counted: pa.Table) -> Iterator[Finding]:
    """Yield that amounts are in several currencies; of each its `events`, most first."""
    rows = counted.to_pylist()
    if len(rows) > 1:
        names = [row["currency"] for row in rows]
        yield Finding(
            "currencies",
            Severity.WARNING,
            f"Amounts are in {listed(names)} and are added up as if they were one currency.",
            f"Convert them to {names[0]} before they are read.",
            {row["currency"]: row["events"] for row in rows},
        )
