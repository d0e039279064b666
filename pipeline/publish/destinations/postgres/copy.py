"""Arrow rows into a Postgres table by binary COPY: encoded column by column, never row by row.

The format is Postgres' own: for each row the number of fields, then of each its length and its bytes, big end first;
a length of -1 is null. https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import Table

Bytes = npt.NDArray[np.uint8]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
ROWS_AT_ONCE = 50_000
EPOCH_US = 946_684_800_000_000  # Postgres counts from the year 2000
TEXT_OID = 25
_NULL = b"\xff\xff\xff\xff"


def copy_rows(connection: psycopg.Connection[object], table: Table, rows: pa.Table, *, freeze: bool = False) -> int:
    """Add rows to the columns of a table that are called as theirs, and return how many.

    With `freeze`, which a table takes only in the transaction that made it, no later reader has to mark them as seen.
    """
    statement = copy_statement(table, rows.column_names, freeze=freeze)
    # One thread encodes while another sends.
    with connection.cursor() as cursor, cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
        for part in binary(rows):
            copy.write(part)
    return int(rows.num_rows)


def copy_statement(table: Table, columns: Sequence[str], *, freeze: bool = False) -> sql.Composed:
    """Return the statement after which the rows are sent."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    options = sql.SQL("FORMAT binary, FREEZE" if freeze else "FORMAT binary")
    return sql.SQL("COPY {} ({}) FROM STDIN ({})").format(identifier(table), names, options)


def identifier(table: Table) -> sql.Identifier:
    """Return a table's name as a statement writes it."""
    return sql.Identifier(*((table.schema, table.name) if table.schema else (table.name,)))


def binary(rows: pa.Table) -> Iterator[bytes]:
    """Yield rows as COPY reads them, some thousands at a time."""
    yield HEADER
    for batch in rows.to_batches(max_chunksize=ROWS_AT_ONCE):
        if batch.num_rows:
            yield _encoded(batch)
    yield END


def _encoded(batch: pa.RecordBatch) -> bytes:
    count = pa.scalar(batch.num_columns.to_bytes(2, "big"), pa.binary())
    pieces = [piece for column in batch.columns for piece in _field(column)]
    joined = pc.binary_join_element_wise(count, *pieces, b"")
    _, offsets, data = joined.buffers()
    return bytes(data[: int(np.frombuffer(offsets, np.int32)[len(joined)])])


def _field(column: pa.Array) -> tuple[pa.Array, ...]:
    """Return a column as binary pieces that follow one another: lengths and values."""
    kind = column.type
    if pa.types.is_null(kind):
        return (pa.scalar(_NULL, pa.binary()),)
    if pa.types.is_string(kind):
        return _sized(column.cast(pa.binary()))
    if pa.types.is_list(kind):
        return _sized(pa.array([None if row is None else _array(row) for row in column.to_pylist()], pa.binary()))
    return (_fixed(_numbers(column), column),)


def _sized(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    lengths = pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False)
    return _rows(_bytes(lengths, ">i4")), pc.fill_null(column, b"")


def _numbers(column: pa.Array) -> Bytes:
    """Return values of one size as the bytes of each, whatever for null."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        moments = column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())
        return _bytes(pc.fill_null(moments, EPOCH_US).to_numpy() - EPOCH_US, ">i8")
    if pa.types.is_boolean(kind):
        return _bytes(pc.fill_null(column, False).to_numpy(zero_copy_only=False), ">u1")  # noqa: FBT003 - a value
    if pa.types.is_floating(kind):
        return _bytes(pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(), ">f8")
    return _bytes(pc.fill_null(column.cast(pa.int64()), 0).to_numpy(), ">i8")


def _fixed(values: Bytes, column: pa.Array) -> pa.Array:
    """Return each value after its length, or the length of null alone."""
    count, width = values.shape
    block = np.empty((count, 4 + width), np.uint8)
    block[:, :4] = np.frombuffer(width.to_bytes(4, "big"), np.uint8)
    block[:, 4:] = values
    if not column.null_count:
        return _rows(block)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    block[missing, :4] = np.frombuffer(_NULL, np.uint8)
    kept = np.ones(block.shape, np.bool_)
    kept[missing, 4:] = False
    return _binary(block[kept], np.where(missing, 4, 4 + width))


def _rows(block: Bytes) -> pa.Array:
    """Return the rows of a block as one binary value each."""
    count, width = block.shape
    return _binary(block, np.full(count, width))


def _binary(data: Bytes, lengths: npt.NDArray[np.integer]) -> pa.Array:
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)


def _bytes(values: npt.NDArray[np.generic], dtype: str) -> Bytes:
    typed = np.ascontiguousarray(values.astype(dtype))
    return typed.view(np.uint8).reshape(len(values), typed.dtype.itemsize)


def _array(texts: list[str | None]) -> bytes:
    """Return a one-dimensional array of texts as Postgres sends one."""
    if not texts:
        return b"".join(number.to_bytes(4, "big") for number in (0, 0, TEXT_OID))
    head = (1, int(None in texts), TEXT_OID, len(texts), 1)
    items = (_NULL if text is None else len(text.encode()).to_bytes(4, "big") + text.encode() for text in texts)
    return b"".join((*(number.to_bytes(4, "big") for number in head), *items))
