"""From a shop's exports to the event log: read, check, set aside, drop what is there already, append."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.events.engine import stream
from pipeline.events.store import Store
from pipeline.events.tables import DATA_TABLES, INGESTS, QUARANTINE
from pipeline.events.writing import Writing
from pipeline.settings.sources import AnySource
from pipeline.sources.batch import Batch, read_batch
from pipeline.sources.counts import counted, refuse_too_many_rejects
from pipeline.sources.files import Portion, find_files
from pipeline.sources.loads import Loads, loads
from pipeline.sources.quarantine import as_quarantined, rejected
from pipeline.sources.reports import IngestReport, Preview
from pipeline.sources.scratch import scratch

SHOWN = 5


def ingest(store: Store, sources: Sequence[AnySource], project: Path, read_at: datetime) -> tuple[IngestReport, ...]:
    """Bring every new file of every source into the log, all of them or none, and report on each.

    A file that was read before with the same settings is not read again. Another ingest waits until this one is over.
    """
    found = [portion for source in sources for portion in find_files(source, project)]
    with store.writing() as change, scratch(store.time_zone) as place:
        before = loads(store)
        new = before.new(found)
        if not new:
            return tuple(_known(portion) for portion in found)
        batch = read_batch(place, store, [(portion, before.arrival(portion, read_at)) for portion in new])
        reports = counted(batch)
        refuse_too_many_rejects(batch, reports)
        _write(change, batch, reports, read_at)
    by_identity = {portion.identity: report for portion, report in zip(new, reports, strict=True)}
    return tuple(by_identity.pop(portion.identity, None) or _known(portion) for portion in found)


def preview(store: Store, sources: Sequence[AnySource], project: Path, read_at: datetime) -> Preview:
    """Read every file as `ingest` would, whatever was read before, and write nothing."""
    found = [portion for source in sources for portion in find_files(source, project)]
    with scratch(store.time_zone) as place:
        arrivals = Loads({}, {})
        batch = read_batch(place, store, [(portion, arrivals.arrival(portion, read_at)) for portion in found])
        engine = batch.staged.engine
        rows = {
            name: engine.to_pyarrow(table.order_by("part", "line").select(*DATA_TABLES[name].columns).limit(SHOWN))
            for name, table in batch.written()
        }
        aside = [_first(batch, part) for part in range(len(found))]
        return Preview(counted(batch), rows, pa.concat_tables(aside))


def _write(change: Writing, batch: Batch, reports: Sequence[IngestReport], read_at: datetime) -> None:
    for name, rows in batch.written():
        contract = DATA_TABLES[name]
        change.append(contract, stream(batch.staged.engine, rows.select(*contract.columns)))
    for part, report in enumerate(reports):
        if report.quarantined:
            _quarantine(change, batch, part, read_at)
    records = [_record(one.portion, report, read_at) for one, report in zip(batch.read, reports, strict=True)]
    change.append(INGESTS, pa.Table.from_pylist(records, schema=INGESTS.schema))


def _quarantine(change: Writing, batch: Batch, part: int, read_at: datetime) -> None:
    one = batch.read[part]
    batches = (row for table in rejected(batch, part) for row in as_quarantined(table, one, read_at).to_batches())
    change.append(QUARANTINE, pa.RecordBatchReader.from_batches(QUARANTINE.schema, batches))


def _first(batch: Batch, part: int) -> pa.Table:
    portion = batch.read[part].portion
    tables = [table.slice(0, SHOWN) for table in rejected(batch, part)]
    rows = pa.concat_tables(tables).slice(0, SHOWN) if tables else None
    return rows


def _record(portion: Portion, report: IngestReport, read_at: datetime) -> dict[str, object]:
    return {
        "source": portion.source.name,
        "file": portion.name,
        "digest": portion.digest,
        "settings": portion.settings,
        "cursor": None,
        "rows_read": report.rows_read,
        "rows_kept": report.rows_kept,
        "rows_written": report.rows_written,
        "duplicates": report.duplicates,
        "quarantined": sum(report.quarantined.values()),
        "ingested_at": read_at,
    }


def _known(portion: Portion) -> IngestReport:
    return IngestReport(portion.source.name, portion.name, 0, 0, 0, 0, {}, known=True)
