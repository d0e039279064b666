"""Findings about what was read: duplicates and rows set aside, by source."""

from collections.abc import Iterator
from datetime import datetime

import ibis

from pipeline.events.quality.finding import Finding, Severity, listed, percent
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS, QUARANTINE
from pipeline.events.unwanted import UNWANTED

MANY_DUPLICATES = 0.2
MANY_SET_ASIDE = 0.05
REASONS_TOLD = 3

_Row = dict[str, object]


def about_arrivals(store: Store, as_of: datetime) -> Iterator[Finding]:
    """Yield the share of duplicates and of rows set aside, for each source that had any.

    None of them is severe: of all files ever read it says what there is to mend, not that tonight is spoilt.
    """
    files = files_read(store, as_of)
    sums = {name: files[name].sum() for name in ("rows", "set_aside", "duplicates")}
    by_source = files.group_by("source").aggregate(**sums).order_by("source")
    reasons = _reasons(store, as_of)
    for row in store.engine.to_pyarrow(by_source).to_pylist():
        source, read = str(row["source"]), int(row["rows"])
        if read and row["duplicates"]:
            yield _duplicates(source, int(row["duplicates"]), read)
        if read and row["set_aside"]:
            yield _set_aside(source, int(row["set_aside"]), read, reasons.get(source, []))


def files_read(store: Store, before: datetime) -> ibis.Table:
    """Return each file that was read before a moment: `source`, `ingested_at`, `rows`, `set_aside` and `duplicates`.

    Of a file that was read again, because its source's settings were mended, the last time counts; its duplicates are
    those of the first time, as then it knew nothing of itself. Rows that nobody wants are not among the `rows`.
    """
    ingests = store.read(INGESTS).filter(lambda ingest: ingest.ingested_at < ibis.literal(before))
    files = ingests.group_by("source", "digest").aggregate(
        rows_read=ingests.rows_read.argmax(ingests.ingested_at),
        quarantined=ingests.quarantined.argmax(ingests.ingested_at),
        duplicates=ingests.duplicates.argmin(ingests.ingested_at),
        ingested_at=ingests.ingested_at.max(),
    )
    rows = store.read(QUARANTINE).filter(lambda row: row.reason.isin(UNWANTED))
    unwanted = rows.group_by("source", "ingested_at", digest=rows.file).aggregate(unwanted=rows.count())
    both = files.left_join(unwanted, ["source", "digest", "ingested_at"])
    fewer = both.unwanted.fill_null(0)
    left = {"rows": both.rows_read - fewer, "set_aside": both.quarantined - fewer}
    return both.select("source", "ingested_at", "duplicates", **left)


def _reasons(store: Store, as_of: datetime) -> dict[str, list[tuple[str, int]]]:
    """Return what speaks against the rows of a source, and of how many, most first."""
    rows = store.read(QUARANTINE).filter(
        lambda row: row.ingested_at < ibis.literal(as_of), lambda row: row.reason.notin(UNWANTED)
    )
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
    why = listed([f"{reason} ({n:,})" for reason, n in reasons[:REASONS_TOLD]])
    return Finding(
        "set aside",
        Severity.WARNING if share > MANY_SET_ASIDE else Severity.NOTE,
        f"{percent(share)} of the rows of {source} could not be kept" + (f": {why}." if why else "."),
        f"Mend the export, or what segcast.toml says of the columns of {source}.",
        {"source": source, "set_aside": set_aside, "rows_read": read, "share": share, "reasons": dict(reasons)},
    )
