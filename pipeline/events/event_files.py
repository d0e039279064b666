"""The files in which events rest, month by month, each in the order of `layout`.

Each append adds a sorted run to the months that its events fall in, so that a late event is one more row of an old
month; a month of many runs is made into one. Delta's own writer promises no order of rows, so the files are written
here and then entered into its log.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from ibis.backends.duckdb import Backend

from pipeline.events.contract import Contract
from pipeline.events.layout import MONTH, in_order, month_of
from pipeline.events.tables import EVENTS

FILE_SIZE = 2**24  # bytes; to forget somebody is to write anew the files that they are in, and no others
ROWS_A_GROUP = 2**15  # at least, and less than twice that, in all but the last group of a month
GROUP_SIZE = 2**26  # bytes in memory, at which a group ends, however few rows these are
MOST_RUNS = 24  # of a month; more are made into one
# Codes for values that hardly repeat would only be larger than they are. Of the others a group has room for as many as
# it has rows, ids of common length at least, so that they are codes from its first row to its last.
_UNREPEATED = {"event_id": "PLAIN", "occurred_at": "DELTA_BINARY_PACKED", "received_at": "DELTA_BINARY_PACKED"}
_LARGEST_DICTIONARY = 2**24  # bytes

Doomed = Callable[[pa.Table], pa.Array]


def instants(contract: Contract) -> tuple[str, ...]:
    """Return the columns of which Delta's log holds the least and the greatest value in a file.

    Of an id that would be a copy which outlives the row.
    """
    return tuple(one.name for one in contract.fields if pa.types.is_timestamp(one.type))


@dataclass(frozen=True)
class EventFiles:
    """The files of the events table in `folder`, a Delta table; every change is one commit to its log."""

    folder: Path

    def append(self, events: Iterable[pa.RecordBatch]) -> None:
        """Add events as one run; they come as `in_order` yields them."""
        self._commit(self._written(events, uuid4().hex))

    def remove(self, columns: Sequence[str], doomed: Doomed) -> None:
        """Take out the rows of which `doomed` is true, which may look at these columns; the others keep their order."""
        files = [path for path in self._files() if any(pc.any(doomed(rows)).as_py() for rows in _groups(path, columns))]
        self._commit(chain.from_iterable(self._without(path, doomed) for path in files), files)

    def compact(self, engine: Backend) -> None:
        """Make one run of the runs of each month that has too many; the rows stay the same."""
        for _, month in groupby(self._files(), key=lambda path: path.parent):
            files = list(month)
            if len({_run(path) for path in files}) > MOST_RUNS:
                rows = engine.read_parquet(files)
                self._commit(self._written(in_order(engine, rows), uuid4().hex), files)

    def _files(self) -> list[Path]:
        added = pa.table(DeltaTable(self.folder).get_add_actions())
        return sorted(self.folder / path for path in added["path"].to_pylist())

    def _without(self, path: Path, doomed: Doomed) -> Iterator[AddAction]:
        kept = (rows.filter(pc.invert(doomed(rows))) for rows in _groups(path, EVENTS.columns))
        return self._written((batch for rows in kept for batch in rows.to_batches()), _run(path))

    def _written(self, events: Iterable[pa.RecordBatch], run: str) -> Iterator[AddAction]:
        """Write events into files of one month each, one file after the other; yield their entries in the log."""
        for month, batches in groupby(_by_month(events), key=itemgetter(0)):
            groups = _row_groups(batch for _, batch in batches)
            for first in groups:
                place = f"{MONTH}={month}/{run}-{uuid4().hex}.parquet"
                rows = _write(self.folder / place, chain([first], groups))
                size = (self.folder / place).stat().st_size
                yield AddAction(place, size, {MONTH: month}, _now_ms(), data_change=True, stats=_statistics(rows))

    def _commit(self, added: Iterable[AddAction], removed: Sequence[Path] = ()) -> None:
        gone = [path.relative_to(self.folder).as_posix() for path in removed]
        removals = (RemoveAction(path, data_change=True, deletion_timestamp=_now_ms()) for path in gone)
        actions: list[AddAction | RemoveAction] = [*added, *removals]
        if actions:
            schema = EVENTS.schema.append(pa.field(MONTH, pa.string()))
            DeltaTable(self.folder).create_write_transaction(actions, "append", schema, [MONTH])


def _now_ms() -> int:
    return time.time_ns() // 10**6


def _run(path: Path) -> str:
    return path.stem.rpartition("-")[0]


def _groups(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, list(columns))


def _by_month(events: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the part of each month in each batch, with the month's name."""
    for batch in events:
        rows = batch.select(EVENTS.columns).cast(EVENTS.schema)
        months = pc.run_end_encode(month_of(rows["occurred_at"]))
        start = 0
        for month, end in zip(months.values.to_pylist(), months.run_ends.to_pylist(), strict=True):
            yield f"{month:%Y-%m}", rows.slice(start, end - start)
            start = end


def _row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows in pieces fit to be row groups."""
    waiting = EVENTS.schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while len(waiting) >= 2 * ROWS_A_GROUP:
            yield waiting.slice(0, ROWS_A_GROUP)
            waiting = waiting.slice(ROWS_A_GROUP)
        if waiting.nbytes > GROUP_SIZE:
            yield waiting
            waiting = waiting.slice(0, 0)
    if len(waiting):
        yield waiting


def _write(path: Path, groups: Iterable[pa.Table]) -> pq.FileMetaData:
    """Write row groups into one file until it is large enough; return what the file says of itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file, _writer(file) as writer:
        for group in groups:
            writer.write_table(group, row_group_size=len(group))
            if file.tell() >= FILE_SIZE:
                break
    return pq.read_metadata(path)


def _writer(file: BinaryIO) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        file,
        EVENTS.schema,
        use_dictionary=[name for name in EVENTS.columns if name not in _UNREPEATED],
        column_encoding=_UNREPEATED,
        dictionary_pagesize_limit=_LARGEST_DICTIONARY,
        store_decimal_as_integer=True,
    )


def _statistics(file: pq.FileMetaData) -> str:
    """Return what Delta's log says of a file, see `instants`."""
    found = {name: _bounds(file, EVENTS.columns.index(name)) for name in instants(EVENTS)}
    least, greatest = ({name: f"{two[side]:%Y-%m-%dT%H:%M:%S.%fZ}" for name, two in found.items()} for side in (0, 1))
    return json.dumps({"numRecords": file.num_rows, "minValues": least, "maxValues": greatest})


def _bounds(file: pq.FileMetaData, column: int) -> tuple[datetime, datetime]:
    groups = [file.row_group(number).column(column).statistics for number in range(file.num_row_groups)]
    return min(group.min for group in groups), max(group.max for group in groups)
