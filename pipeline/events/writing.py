"""Changing the store: one writer at a time, several tables at once or none of them."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from filelock import FileLock
from ibis.backends.duckdb import Backend

from pipeline.events import snapshot as snapshots
from pipeline.events.contract import INSTANT, Contract
from pipeline.events.damage import tables_at
from pipeline.events.event_files import EventFiles, instants
from pipeline.events.layout import MONTH, put_in_order
from pipeline.events.snapshot import Snapshot
from pipeline.events.tables import EVENTS, TABLES

FILE_SIZE = 16 * 2**20  # bytes; a writer holds one unfinished file of each month in memory
UNDER_WAY = ".writing"  # a file that is there while somebody writes, and still if that one did not end well
MOST_PIECES = 24  # of a table beside the events, beyond one a month


@dataclass(frozen=True)
class Writing:
    """The right to change the store in `folder`; what is written becomes visible when `writing` ends well."""

    folder: Path

    def append(self, contract: Contract, rows: pa.RecordBatchReader | pa.Table) -> None:
        """Add rows, partitioned by the month of the instant that dates them; see `append_events` for many events."""
        if contract is EVENTS:
            self.append_events(put_in_order(pa.table(rows)).to_batches())
            return
        reader = rows.to_reader() if isinstance(rows, pa.Table) else rows
        batches = (_with_month(batch, contract) for batch in reader)
        write_deltalake(
            self.folder / contract.name,
            pa.RecordBatchReader.from_batches(_schema(contract), batches),
            mode="append",
            partition_by=[MONTH],
            configuration=_statistics(contract),
            target_file_size=FILE_SIZE,
        )

    def append_events(self, events: Iterable[pa.RecordBatch]) -> None:
        """Add events that come as `in_order` yields them."""
        DeltaTable.create(
            self._events.folder,
            _schema(EVENTS),
            mode="ignore",
            partition_by=[MONTH],
            configuration=_statistics(EVENTS),
        )
        self._events.append(events)

    def delete(self, contract: Contract, doomed: pa.Table) -> None:
        """Remove every row that agrees with a row of `doomed` in all the columns that `doomed` has."""
        if not DeltaTable.is_deltatable(str(self.folder / contract.name)):
            return
        if contract is EVENTS:
            self._events.remove(doomed.column_names, partial(_agreeing, doomed=doomed))
            return
        # The values travel as data, not inside a predicate, so that none can be read as one.
        same = " and ".join(f"kept.{name} = doomed.{name}" for name in doomed.column_names)
        table = DeltaTable(self.folder / contract.name)
        table.merge(doomed, same, source_alias="doomed", target_alias="kept").when_matched_delete().execute()

    def delete_before(self, contract: Contract, moment: datetime) -> None:
        """Remove every row that is dated earlier than a moment."""
        if contract is EVENTS:
            old = pa.scalar(moment, INSTANT)
            self._events.remove([contract.dated_by], lambda rows: pc.less(rows[contract.dated_by], old))
            return
        DeltaTable(self.folder / contract.name).delete(f"{contract.dated_by} < '{moment.isoformat()}'")

    def compact(self, engine: Backend) -> None:
        """Lay together again what came in many pieces, lest every night have more files to open; the rows stay.

        `engine` sorts the events, see `compact_events`. Of other tables the order says nothing.
        """
        self.compact_events(engine)
        for name in _versions(self.folder).keys() - {EVENTS.name}:
            table = DeltaTable(self.folder / name)
            months = pa.table(table.get_add_actions(flatten=True))[f"partition.{MONTH}"]
            if len(months) > len(months.unique()) + MOST_PIECES:
                table.optimize.compact()

    def compact_events(self, engine: Backend) -> None:
        """Lay the events of each month together again that came in many pieces; `engine` sorts them."""
        if DeltaTable.is_deltatable(str(self._events.folder)):
            self._events.compact(engine)

    def purge(self, contract: Contract) -> None:
        """Remove every file that the table's present version does not need: earlier versions, and leftovers."""
        _vacuum(self.folder / contract.name)

    @property
    def _events(self) -> EventFiles:
        return EventFiles(self.folder / EVENTS.name)


@contextmanager
def writing(folder: Path) -> Iterator[Writing]:
    """Hold the store for this process, while others wait; on an error, or if the process dies, nothing changed."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        before = snapshots.newest(folder)
        for table in tables_at(folder, before):
            table.require()  # a table whose log is damaged would be taken for none, and begun anew
        mark = folder / UNDER_WAY
        before = _mended(folder, before, since=mark.stat().st_mtime if mark.exists() else None)
        mark.touch()
        began = mark.stat().st_mtime
        try:
            yield Writing(folder)
        except BaseException:
            _roll_back(folder, before)  # the mark stays, for the files that are left
            raise
        versions = _versions(folder)
        if versions != before.versions:
            snapshots.record(folder, Snapshot(before.number + 1, versions))
        for name, version in versions.items():
            if version > before.versions.get(name, -1) + 1:  # what one commit added, a later one may have laid together
                _remove_leftovers(folder / name, began)
        mark.unlink()


def _mended(folder: Path, newest: Snapshot, *, since: float | None) -> Snapshot:
    """Undo what a writer that died had changed; return the same snapshot, which keeps its number.

    What it had written `since` it began is removed; null where none died. Files that only earlier snapshots need stay:
    publications name these. So a change that is made at the second try is the same to whoever counts, as if the first
    had never been.
    """
    _roll_back(folder, newest)
    if since is not None:
        for name in {contract.name for contract in TABLES} - newest.versions.keys():
            shutil.rmtree(folder / name, ignore_errors=True)  # files of a table that has no log yet
        for name in newest.versions:
            _remove_leftovers(folder / name, since)
    mended = Snapshot(newest.number, _versions(folder))
    if mended.versions != newest.versions:
        snapshots.record(folder, mended)
    return mended


def _remove_leftovers(table: Path, since: float) -> None:
    """Remove the files that were written since a moment, and that a table's present version does not need."""
    needed = {Path(one).resolve() for one in DeltaTable(table).file_uris()}
    for path in table.glob(f"{MONTH}=*/*.parquet"):
        if path.stat().st_mtime >= since and path.resolve() not in needed:
            path.unlink()


def _vacuum(table: Path) -> None:
    """Remove every file that a table's present version does not need."""
    DeltaTable(table).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)


def _versions(folder: Path) -> dict[str, int]:
    found = sorted(path for path in folder.iterdir() if path.is_dir() and DeltaTable.is_deltatable(str(path)))
    return {path.name: DeltaTable(path).version() for path in found}


def _roll_back(folder: Path, to: Snapshot) -> None:
    for name, version in _versions(folder).items():
        if name not in to.versions:
            shutil.rmtree(folder / name)
        elif version != to.versions[name]:
            DeltaTable(folder / name).restore(to.versions[name])


def _statistics(contract: Contract) -> dict[str, str]:
    return {"delta.dataSkippingStatsColumns": ",".join(instants(contract))}


def _schema(contract: Contract) -> pa.Schema:
    return contract.schema.append(pa.field(MONTH, pa.string()))


def _agreeing(rows: pa.Table, doomed: pa.Table) -> pa.Array:
    """Return of each row whether it agrees with a row of `doomed` in all the columns that `doomed` has."""
    numbered = rows.select(doomed.column_names).append_column("nth", pa.array(np.arange(len(rows))))
    found = numbered.join(doomed, doomed.column_names, join_type="left semi")["nth"]
    return pc.is_in(numbered["nth"], found.combine_chunks())


def _with_month(batch: pa.RecordBatch, contract: Contract) -> pa.RecordBatch:
    rows = batch.select(contract.columns).cast(contract.schema)
    months = pc.strftime(rows[contract.dated_by], format="%Y-%m")
    return rows.append_column(MONTH, months)
