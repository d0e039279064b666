"""Rows of a database: a table or a query, fetched to a file of text, and from there like any other file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow.parquet as pq
from sqlalchemy import Connection, Executable, FromClause, column, inspect, table, text

from pipeline.errors import SourceError, did_you_mean
from pipeline.events.tables import DATA_TABLES
from pipeline.settings.sources import SqlSource
from pipeline.sources.columns import one_row_a_line
from pipeline.sources.cursor import stretch
from pipeline.sources.database import reading
from pipeline.sources.mapped import LINE, Mapped
from pipeline.sources.reading import UNREAD
from pipeline.sources.scratch import Scratch
from pipeline.sources.spelled import schema_of, spelled

ROWS_AT_ONCE = 10_000
# What SQLAlchemy would take for a parameter in the shop's own words, such as the :nn of '{"a":nn}'.
_COLON = re.compile(r":(?=\w)")


@dataclass(frozen=True)
class Fetched:
    """Where the cursor stands after what was fetched, and how many of its rows were fetched before too."""

    cursor: str | None
    again: int


def sql(scratch: Scratch, path: Path, source: SqlSource) -> Mapped:
    """Type each row that was fetched to `path` as a row of the source's table."""
    rows = scratch.engine.read_parquet(path, file_row_number=True)
    lines = rows.mutate(**{LINE: rows.file_row_number + 1, UNREAD: ibis.null("string")}).drop("file_row_number")
    given = {ours: lines[theirs] for ours, theirs in source.columns.items()}
    return one_row_a_line(lines, given, source, DATA_TABLES[source.table])


def fetch(source: SqlSource, project: Path, path: Path, since: str | None) -> Fetched:
    """Write what a database has to `path`, a Parquet file; with a cursor, the rows from `since` on.

    Raises SourceError where the database, the table or a column is not there.
    """
    if not source.columns or (source.query is None) == (source.from_table is None):
        raise SourceError(
            f"source {source.name}: expected columns, and either a query or from_table. "
            'Try from_table = "orders" and columns = { customer_id = "user_id" }.'
        )
    with reading(source, project) as connection:
        told = stretch(connection, _rows(connection, source), source.cursor, since)
        _write(connection, told.rows, source, path)
    return Fetched(told.reached, told.again)


def _rows(connection: Connection, source: SqlSource) -> FromClause:
    """Return what the source's columns are columns of: its table, or its query as one."""
    if source.query is not None:
        # Unlike the rest, the query is the shop's own text.
        said = text(_COLON.sub(r"\\:", source.query.strip().rstrip(";")))
        return said.columns(*([] if source.cursor is None else [column(source.cursor)])).subquery("told")
    place, _, name = (source.from_table or "").rpartition(".")
    return _table(connection, source, place or None, name)


def _table(connection: Connection, source: SqlSource, place: str | None, name: str) -> FromClause:
    there = inspect(connection)
    known = [*there.get_table_names(place), *there.get_view_names(place)]
    if name not in known:
        raise SourceError(
            f'source {source.name}: expected a table "{name}" in the database, found none.{did_you_mean(name, known)} '
            "Try the name with its schema, such as sales.orders."
        )
    names = [one["name"] for one in there.get_columns(name, place)]
    _require(source, [] if source.cursor is None else [source.cursor], names)
    # Columns without types: values come as the driver reads them, and are spelled from there.
    return table(name, *(column(one) for one in names), schema=place)


def _write(connection: Connection, statement: Executable, source: SqlSource, path: Path) -> None:
    result = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(statement)
    names, wanted = list(result.keys()), list(dict.fromkeys(source.columns.values()))
    _require(source, wanted, names)
    with pq.ParquetWriter(path, schema_of(wanted)) as file:
        for rows in result.columns(*(names.index(name) for name in wanted)).partitions():
            file.write_batch(spelled(rows, wanted))


def _require(source: SqlSource, wanted: Sequence[str], names: Sequence[str]) -> None:
    for name in wanted:
        if name not in names:
            raise SourceError(
                f'source {source.name}: expected a column "{name}", got {", ".join(names)}.{did_you_mean(name, names)}'
            )
