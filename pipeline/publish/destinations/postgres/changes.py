"""What one table of a publication has that another publication's lacks, and the reverse."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.events.engine import connect


@dataclass(frozen=True)
class Incoming:
    """Rows that a table is to hold from now on.

    `gone` are the keys of rows that it is to hold no longer; None where `rows` are all that there is to be.
    """

    rows: pa.Table
    gone: pa.Table | None = None


def everything(path: Path) -> Incoming:
    """Return all rows of a Parquet file."""
    return Incoming(without_nan(pq.ParquetFile(path).read()))


def differences(before: Path, now: Path, key: Sequence[str]) -> Incoming | None:
    """Return what differs between two Parquet files of one `key`; None where their columns differ."""
    if pq.read_schema(before) != pq.read_schema(now):
        return None
    engine = connect("UTC")
    old, new = engine.read_parquet(before), engine.read_parquet(now)
    changed = _arrow(new.difference(old), pq.read_schema(now))
    keys = pa.schema([pq.read_schema(now).field(name) for name in key])
    gone = _arrow(old.select(*key).difference(new.select(*key)), keys)
    return Incoming(without_nan(changed), gone)


def without_nan(table: pa.Table) -> pa.Table:
    """Return a table whose numbers that are none are null."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            values = table.column(place)
            if pc.any(pc.is_nan(values)).as_py():
                table = table.set_column(place, field, pc.if_else(pc.is_nan(values), None, values))
    return table


def _arrow(rows: ibis.Table, schema: pa.Schema) -> pa.Table:
    return rows.to_pyarrow().cast(schema)
