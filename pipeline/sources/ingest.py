"""From a shop's exports to the event log: read, check, set aside, drop what is there already, append."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.events.engine import stream
from pipeline.events.layout import in_order
from pipeline.events.store import Store
from pipeline.events.tables import DATA_TABLES, EVENTS, INGESTS, QUARANTINE
from pipeline.events.writing import Writing
from pipeline.settings.sources import AnySource
from pipeline.sources.batch import Batch, Intake, read_batch
from pipeline.sources.counts import counted, refuse_too_many_rejects
from pipeline.sources.files import Portion
from pipeline.sources.loads import Loads, loads
from pipeline.sources.portions import portions
from pipeline.sources.quarantine import as_quarantined, rejected, silenced
from pipeline.sources.reports import IngestReport, Preview, Reject
from pipeline.sources.scratch import scratch
from pipeline.sources.terms import Terms

SHOWN = 5
EVERYTHING = Terms()


def ingest(  # noqa: PLR0917 - two moments beside what is read, where to, and on which terms
    store: Store,
    sources: Sequence[AnySource],
    project: Path,
    read_at: datetime,
    terms: Terms = EVERYTHING,
    known_at: datetime | None = None,
) -> tuple[IngestReport, ...]:
    """Bring every new file of every source into the log, all of them or none, and report on each.

    A file that was read before with the same settings is not read again. Another ingest waits until this one is over.
    Rows that do not say when they arrived count as known from `known_at`, by default from when they are read; those of
    a source's first load from when they occurred.
    """
    with store.writing() as change, scratch(store.time_zone) as place:
        before = loads(store)
        found = portions(place, sources, project, before)
        new = before.new(found)
        if not new:
            return tuple(_known(portion) for portion in found)
        intake = Intake(place, store, terms)
        batch = read_batch(intake, [(one, before.arrival(one, read_at, known_at or read_at)) for one in new])
        reports = counted(batch)
        refuse_too_many_rejects(batch, reports)
        _forget_rejects(change, before.again(new))
        _write(change, intake, batch, reports, read_at)
    fresh = {portion.identity: report for portion, report in zip(new, reports, strict=True)}
    # Of files that are alike, the first was read and the others are known.
    return tuple(fresh.pop(portion.identity, _known(portion)) for portion in found)


def preview(
    store: Store, sources: Sequence[AnySource], project: Path, read_at: datetime, terms: Terms = EVERYTHING
) -> Preview:
    """Read every file as `ingest` would in a store that knows none of them, and write nothing."""
    with scratch(store.time_zone) as place:
        arrivals = Loads(frozenset(), {})
        found = [(one, arrivals.arrival(one, read_at, read_at)) for one in portions(place, sources, project, arrivals)]
        batch = read_batch(Intake(place, store, terms), found)
        return Preview(counted(batch), dict(_first_rows(batch)), tuple(_first_rejects(batch)))


def _write(change: Writing, intake: Intake, batch: Batch, reports: Sequence[IngestReport], read_at: datetime) -> None:
    for name, rows in batch.written():
        engine, contract = batch.staged.engine, DATA_TABLES[name]
        if contract is EVENTS:
            change.append_events(in_order(engine, rows))
        else:
            change.append(contract, stream(engine, rows.select(*contract.columns)))
    for part, report in enumerate(reports):
        if report.quarantined:
            batches = _quarantined(intake, batch, part, read_at)
            change.append(QUARANTINE, pa.RecordBatchReader.from_batches(QUARANTINE.schema, batches))
    records = [_record(one.portion, report, read_at) for one, report in zip(batch.read, reports, strict=True)]
    change.append(INGESTS, pa.Table.from_pylist(records, schema=INGESTS.schema))
    change.compact(intake.scratch.engine)


def _quarantined(intake: Intake, batch: Batch, part: int, read_at: datetime) -> Iterator[pa.RecordBatch]:
    for rows in rejected(batch, part):
        mentionable = silenced(rows, intake.store, intake.terms)
        yield from as_quarantined(mentionable, batch.read[part], read_at).to_batches()


def _forget_rejects(change: Writing, portions: Sequence[Portion]) -> None:
    """Take out of the quarantine what files had there that are read again, with other settings."""
    if portions:
        files = {"source": [one.source.name for one in portions], "file": [one.digest for one in portions]}
        change.delete(QUARANTINE, pa.table(files))


def _first_rows(batch: Batch) -> Iterable[tuple[str, pa.Table]]:
    for name, rows in batch.written():
        shown = rows.order_by("part", "line").select(*DATA_TABLES[name].columns).limit(SHOWN)
        yield name, batch.staged.engine.to_pyarrow(shown)


def _first_rejects(batch: Batch) -> Iterable[Reject]:
    for part, one in enumerate(batch.read):
        tables = list(rejected(batch, part, first=SHOWN))
        for row in [row for table in tables for row in table.to_pylist()][:SHOWN]:
            yield Reject(one.portion.name, row["line"], row["reason"], row["row"])


def _record(portion: Portion, report: IngestReport, read_at: datetime) -> dict[str, object]:
    return {
        "source": portion.source.name,
        "file": portion.name,
        "digest": portion.digest,
        "settings": portion.settings,
        "cursor": portion.cursor,
        "rows_read": report.rows_read,
        "rows_kept": report.rows_kept,
        "rows_written": report.rows_written,
        "duplicates": report.duplicates,
        "quarantined": sum(report.quarantined.values()),
        "ingested_at": read_at,
    }


def _known(portion: Portion) -> IngestReport:
    return IngestReport(portion.source.name, portion.name, 0, 0, 0, 0, {}, known=True)
