"""From files to the event log: map, check, set aside, drop what is there already, append."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from pipeline.errors import SourceError
from pipeline.events.engine import connect, stream
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS, QUARANTINE, Contract
from pipeline.settings import ColumnsSource, OrderLinesSource
from pipeline.sources.columns import map_columns
from pipeline.sources.files import AnySource, SourceFile, find_files
from pipeline.sources.mapped import LINE, REASON, as_read, read_lines
from pipeline.sources.order_lines import map_order_lines, with_orders

# A row without a date of its own, in the first load of its source, counts as known from the beginning.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class IngestReport:
    """What became of one file: rows read = kept + duplicates + quarantined, the last counted by reason.

    `rows_written` is what the log gained, orders made from lines included. `known` marks a file whose content was
    ingested before, of which nothing was read again.
    """

    source: str
    file: str
    rows_read: int
    rows_kept: int
    rows_written: int
    duplicates: int
    quarantined: Mapping[str, int]
    known: bool = False


def ingest(
    store: Store, sources: Sequence[AnySource], project: Path, ingested_at: datetime
) -> tuple[IngestReport, ...]:
    """Bring every file of every source into the log and report on each.

    All files are found and their columns checked before anything is written. They are recorded together at the end, so
    that an interrupted ingest can be started again: what it had written is recognised by its keys and not written
    twice, and a first load is still the first.
    """
    files = [file for source in sources for file in find_files(source, project)]
    done = _recorded(store)
    fresh = {file.identity: file for file in files if file.identity not in done}
    for file in fresh.values():
        with _scratch(store, file) as engine:
            _mapped(read_lines(engine, file.path), file)
    loaded_before = frozenset(source for source, _ in done)
    reports = {name: _ingest_file(store, file, ingested_at, loaded_before) for name, file in fresh.items()}
    if reports:
        records = [_record(fresh[name], report, ingested_at) for name, report in reports.items()]
        store.append(INGESTS, pa.Table.from_pylist(records, schema=INGESTS.schema))
    return tuple(reports.get(file.identity) or _known(file) for file in files)


def _recorded(store: Store) -> frozenset[tuple[str, str]]:
    table = store.engine.to_pyarrow(store.read(INGESTS).select("source", "digest"))
    return frozenset(zip(table["source"].to_pylist(), table["digest"].to_pylist(), strict=True))


@contextmanager
def _scratch(store: Store, file: SourceFile) -> Iterator[Backend]:
    """Open an engine that spills to a file of its own, so that memory does not grow with the file that is read."""
    with tempfile.TemporaryDirectory(prefix="segcast-ingest-") as folder:
        engine = connect(file.source.time_zone or store.time_zone, Path(folder) / "scratch.duckdb")
        try:
            yield engine
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise SourceError(
                f"source {file.source.name}: expected a readable CSV or Parquet file, got {file.path.name}: {reason}"
            ) from error
        finally:
            engine.disconnect()


def _mapped(lines: ibis.Table, file: SourceFile) -> ibis.Table:
    match file.source:
        case ColumnsSource():
            return map_columns(lines, file.source)
        case OrderLinesSource():
            return map_order_lines(lines, file.source)


def _ingest_file(store: Store, file: SourceFile, ingested_at: datetime, loaded_before: frozenset[str]) -> IngestReport:
    with _scratch(store, file) as engine:
        lines = read_lines(engine, file.path)
        mapped = engine.create_table("mapped", _mapped(lines, file))
        kept = _received(_firsts(mapped, file.contract), file, ingested_at, loaded_before)
        fresh_lines = engine.create_table("fresh", _absent(engine, kept, store, file.contract))
        rows = with_orders(fresh_lines) if isinstance(file.source, OrderLinesSource) else fresh_lines
        fresh = _absent(engine, rows, store, file.contract)
        report = _report(engine, file, mapped, fresh_lines, fresh)
        _refuse_if_nothing_fits(report)
        if report.quarantined:
            _quarantine(store, file, lines, mapped, ingested_at)
        if report.rows_written:
            store.append(file.contract, stream(engine, fresh.select(*file.contract.columns)))
    return report


def _firsts(mapped: ibis.Table, contract: Contract) -> ibis.Table:
    """Return the first of the readable lines that tell the same row."""
    readable = mapped.filter(mapped[REASON].isnull())
    first = readable.group_by(*contract.key).aggregate(**{LINE: readable[LINE].min()})
    return readable.semi_join(first, LINE)


def _received(kept: ibis.Table, file: SourceFile, ingested_at: datetime, loaded_before: frozenset[str]) -> ibis.Table:
    """Fill in when a row became known: for a source's first load when it occurred, later when it was ingested."""
    if file.source.name in loaded_before:
        known = ibis.literal(ingested_at)
    else:
        known = kept.occurred_at if "occurred_at" in kept.columns else ibis.literal(LONG_AGO)
    return kept.mutate(received_at=kept.received_at.fill_null(known.cast(kept.received_at.type())))


def _absent(engine: Backend, rows: ibis.Table, store: Store, contract: Contract) -> ibis.Table:
    files = store.files(contract)
    return rows.anti_join(engine.read_parquet(files), list(contract.key)) if files else rows


def _report(
    engine: Backend, file: SourceFile, mapped: ibis.Table, fresh_lines: ibis.Table, fresh: ibis.Table
) -> IngestReport:
    counts = engine.to_pyarrow(mapped.group_by(REASON).aggregate(n=mapped.count()).order_by(REASON))
    by_reason = dict(zip(counts[REASON].to_pylist(), counts["n"].to_pylist(), strict=True))
    readable = by_reason.pop(None, 0)
    kept = engine.execute(fresh_lines.count())
    return IngestReport(
        source=file.source.name,
        file=file.path.name,
        rows_read=readable + sum(by_reason.values()),
        rows_kept=int(kept),
        rows_written=int(engine.execute(fresh.count())),
        duplicates=readable - int(kept),
        quarantined=by_reason,
    )


def _refuse_if_nothing_fits(report: IngestReport) -> None:
    if report.rows_read and sum(report.quarantined.values()) == report.rows_read:
        reason = max(report.quarantined, key=lambda name: report.quarantined[name])
        raise SourceError(
            f"source {report.source}: expected rows that can be kept, got {report.rows_read:,} in {report.file} "
            f"and not one of them can ({reason}). Try the columns of this source in segcast.toml, or its time_format."
        )


def _quarantine(store: Store, file: SourceFile, lines: ibis.Table, mapped: ibis.Table, ingested_at: datetime) -> None:
    reasons = mapped.filter(mapped[REASON].notnull()).select(LINE, REASON)
    rows = reasons.join(lines.select(LINE, row=as_read(lines)), LINE).mutate(
        source=ibis.literal(file.source.name),
        file=ibis.literal(file.digest),
        ingested_at=ibis.literal(ingested_at),
    )
    engine = ibis.get_backend(mapped)
    rejected = engine.create_table("rejected", rows.select(*QUARANTINE.columns))
    store.append(QUARANTINE, stream(engine, _absent(engine, rejected, store, QUARANTINE)))


def _record(file: SourceFile, report: IngestReport, ingested_at: datetime) -> dict[str, object]:
    return {
        "source": file.source.name,
        "file": file.path.name,
        "digest": file.digest,
        "rows_read": report.rows_read,
        "rows_kept": report.rows_kept,
        "rows_written": report.rows_written,
        "duplicates": report.duplicates,
        "quarantined": sum(report.quarantined.values()),
        "ingested_at": ingested_at,
    }


def _known(file: SourceFile) -> IngestReport:
    return IngestReport(file.source.name, file.path.name, 0, 0, 0, 0, {}, known=True)
