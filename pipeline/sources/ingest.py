"""From files to the event log: map, check, set aside, drop what is there already, append."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from pipeline.errors import SourceError
from pipeline.events.engine import connect, stream
from pipeline.events.store import Store
from pipeline.events.tables import DATA_TABLES, INGESTS, QUARANTINE, Contract
from pipeline.settings import ColumnsSource, OrderLinesSource
from pipeline.sources.columns import map_columns
from pipeline.sources.mapped import LINE, REASON, ROW, read_lines
from pipeline.sources.order_lines import map_order_lines, with_orders

AnySource = ColumnsSource | OrderLinesSource

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


@dataclass(frozen=True)
class _File:
    source: AnySource
    path: Path
    digest: str

    @property
    def contract(self) -> Contract:
        return DATA_TABLES[self.source.table if isinstance(self.source, ColumnsSource) else "events"]


def ingest(
    store: Store, sources: Sequence[AnySource], project: Path, ingested_at: datetime
) -> tuple[IngestReport, ...]:
    """Bring every file of every source into the log and report on each.

    All files are found and their columns checked before anything is written. A file is recorded last, so that an
    interrupted ingest can be started again: what it had written is recognised by its keys and not written twice.
    """
    files = [file for source in sources for file in _find(source, project)]
    done = _recorded(store)
    for file in files:
        with _scratch(store, file.source) as engine:
            _mapped(engine, file)
    loaded_before = frozenset(source for source, _ in done)
    return tuple(
        _known(file)
        if (file.source.name, file.digest) in done
        else _ingest_file(store, file, ingested_at, loaded_before)
        for file in files
    )


def _find(source: AnySource, project: Path) -> Iterator[_File]:
    anchor, pattern = (Path("/"), source.files[1:]) if Path(source.files).is_absolute() else (project, source.files)
    paths = sorted(path for path in anchor.glob(pattern) if path.is_file())
    if not paths:
        raise SourceError(
            f'source {source.name}: expected a file matching "{source.files}" in {project}, found none. '
            "Try a path relative to the project folder, such as data/*.csv."
        )
    for path in paths:
        with path.open("rb") as content:
            yield _File(source, path, hashlib.file_digest(content, "sha256").hexdigest())


def _recorded(store: Store) -> frozenset[tuple[str, str]]:
    table = store.engine.to_pyarrow(store.read(INGESTS).select("source", "digest"))
    return frozenset(zip(table["source"].to_pylist(), table["digest"].to_pylist(), strict=True))


class _scratch:  # noqa: N801 - a context manager, used as a function
    """An engine that spills to a file of its own, so that memory does not grow with the file that is read."""

    def __init__(self, store: Store, source: AnySource) -> None:
        self._zone = source.time_zone or store.time_zone
        self._folder = tempfile.TemporaryDirectory(prefix="segcast-ingest-")

    def __enter__(self) -> Backend:
        self._engine = connect(self._zone, Path(self._folder.name) / "scratch.duckdb")
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.disconnect()
        self._folder.cleanup()


def _mapped(engine: Backend, file: _File) -> ibis.Table:
    lines = read_lines(engine, file.path)
    match file.source:
        case ColumnsSource():
            return map_columns(lines, file.source)
        case OrderLinesSource():
            return map_order_lines(lines, file.source)


def _ingest_file(store: Store, file: _File, ingested_at: datetime, loaded_before: frozenset[str]) -> IngestReport:
    with _scratch(store, file.source) as engine:
        mapped = engine.create_table("mapped", _mapped(engine, file))
        kept = _received(mapped.filter(mapped[REASON].isnull()), file, ingested_at, loaded_before)
        kept = kept.distinct(on=list(file.contract.key), keep="first")
        fresh_lines = engine.create_table("fresh", _absent(engine, kept, store, file.contract))
        rows = with_orders(fresh_lines) if isinstance(file.source, OrderLinesSource) else fresh_lines
        fresh = _absent(engine, rows, store, file.contract)
        report = _report(engine, file, mapped, fresh_lines, fresh)
        _quarantine(store, engine, file, mapped, ingested_at)
        if report.rows_written:
            store.append(file.contract, stream(engine, fresh.select(*file.contract.columns)))
    store.append(INGESTS, _record(file, report, ingested_at))
    return report


def _received(kept: ibis.Table, file: _File, ingested_at: datetime, loaded_before: frozenset[str]) -> ibis.Table:
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
    engine: Backend, file: _File, mapped: ibis.Table, fresh_lines: ibis.Table, fresh: ibis.Table
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


def _quarantine(store: Store, engine: Backend, file: _File, mapped: ibis.Table, ingested_at: datetime) -> None:
    rejected = mapped.filter(mapped[REASON].notnull()).select(
        source=ibis.literal(file.source.name),
        file=ibis.literal(file.digest),
        line=mapped[LINE],
        reason=mapped[REASON],
        row=mapped[ROW],
        ingested_at=ibis.literal(ingested_at),
    )
    fresh = _absent(engine, rejected, store, QUARANTINE)
    if engine.execute(fresh.count()):
        store.append(QUARANTINE, stream(engine, fresh))


def _record(file: _File, report: IngestReport, ingested_at: datetime) -> pa.Table:
    row = {
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
    return pa.Table.from_pylist([row], schema=INGESTS.schema)


def _known(file: _File) -> IngestReport:
    return IngestReport(file.source.name, file.path.name, 0, 0, 0, 0, {}, known=True)
