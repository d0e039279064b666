"""Findings about what was read: duplicates and rows set aside, by source."""

from collections.abc import Iterator
from datetime import datetime

import ibis

from pipeline.events.quality.finding import Finding, Severity, listed, percent
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS, QUARANTINE

MANY_DUPLICATES = 0.2
MANY_SET_ASIDE, MOST_SET_ASIDE = 0.05, 0.3
REASONS_TOLD = 3

_Row = dict[str, object]


def about_arrivals(store: Store, as_of: datetime) -> Iterator[Finding]:
    """Yield the share of duplicates and of rows set aside, for each source that had any."""
    ingests = store.read(INGESTS).filter(lambda ingest: ingest.ingested_at < ibis.literal(as_of))
    sums = {name: ingests[name].sum() for name in ("rows_read", "duplicates", "quarantined")}
    by_source = ingests.group_by("source").aggregate(**sums).order_by("source")
    reasons = _reasons(store, as_of)
    for row in store.engine.to_pyarrow(by_source).to_pylist():
        read = int(row["rows_read"])
        if read and row["duplicates"]:
            yield _duplicates(str(row["source"]), int(row["duplicates"]), read)
        if read and row["quarantined"]:
            yield _set_aside(str(row["source"]), int(row["quarantined"]), read, reasons.get(str(row["source"]), []))


def _reasons(store: Store, as_of: datetime) -> dict[str, list[tuple[str, int]]]:
    rows = store.read(QUARANTINE).filter(lambda row: row.ingested_at < ibis.literal(as_of))
    counted = rows.group_by("source", "reason").aggregate(n=rows.count())
    found: dict[str, list[tuple[str, int]]] = {}
    for row in store.engine.to_pyarrow(counted.order_by(ibis.desc("n"), "reason")).to_pylist():
        found.setdefault(row["source"], []).append((row["reason"], int(row["n"])))
    return found


def _duplicates(source: str, duplicates: int, read: int) -> Finding:
    share = duplicates / read
    return Finding(
        "duplicates",
        Severity.WARNING if share > MANY_DUPLICATES else Severity.NOTE,
        f"{percent(share)} of the rows of {source} said nothing new: {duplicates:,} of {read:,}.",
        "Exports that overlap are harmless; events recorded twice point to a tag that fires twice.",
        {"source": source, "duplicates": duplicates, "rows_read": read, "share": share},
    )


def _set_aside(source: str, set_aside: int, read: int, reasons: list[tuple[str, int]]) -> Finding:
    share = set_aside / read
    many = Severity.SEVERE if share > MOST_SET_ASIDE else Severity.WARNING
    why = listed([f"{reason} ({n:,})" for reason, n in reasons[:REASONS_TOLD]])
    return Finding(
        "set aside",
        many if share > MANY_SET_ASIDE else Severity.NOTE,
        f"{percent(share)} of the rows of {source} could not be kept" + (f": {why}." if why else "."),
        f"Mend the export, or what segcast.toml says of the columns of {source}.",
        {"source": source, "set_aside": set_aside, "rows_read": read, "share": share, "reasons": dict(reasons)},
    )
