"""The query engine: DuckDB in this process, spoken to through Ibis."""

import tempfile
from pathlib import Path
from uuid import uuid4

import ibis
import pyarrow as pa
from ibis import udf
from ibis.backends.duckdb import Backend
from ibis.expr import datatypes as dt

INSTANT = dt.Timestamp(timezone="UTC", scale=6)


def connect(time_zone: str, database: Path | None = None) -> Backend:
    """Open an engine whose calendar (hours, weekdays, instants written without an offset) is that of `time_zone`.

    Without `database` it works in memory, and spills to where temporary files go; with one, beside that file.
    """
    engine = ibis.duckdb.connect(database or ":memory:")
    if database is None:  # DuckDB would spill to the current folder
        engine.settings["temp_directory"] = str(Path(tempfile.gettempdir(), f"segcast-spilled-{uuid4().hex}"))
    engine.settings["TimeZone"] = time_zone
    if _draws_progress(engine):  # DuckDB 2 draws it into whatever reads our output
        engine.settings["enable_progress_bar"] = False
    engine.settings["lambda_syntax"] = "ENABLE_SINGLE_ARROW"  # in which Ibis 12 writes lambdas, and DuckDB 2 no longer
    return engine


def _draws_progress(engine: Backend) -> bool:
    """Say whether a progress bar is on; where it is not, as in a notebook, DuckDB may refuse to hear of it at all."""
    return bool(engine.con.execute("select current_setting('enable_progress_bar')").fetchall()[0][0])


def stream(engine: Backend, rows: ibis.Table) -> pa.RecordBatchReader:
    """Return rows batch by batch, never all at once.

    The query goes to DuckDB's own relation: Ibis 12 streams through a call that DuckDB 2 no longer has.
    """
    return engine.con.sql(engine.compile(rows)).to_arrow_reader(100_000)


def tables_of(engine: Backend) -> frozenset[str]:
    """Return the names of the engine's own tables, temporary ones too.

    They are asked of DuckDB itself: Ibis 12 lists them through a call that DuckDB 2 no longer has.
    """
    listed = engine.con.table_function("duckdb_tables").to_arrow_table()
    return frozenset(listed["table_name"].to_pylist())


@udf.scalar.builtin(signature=((INSTANT,), dt.int64))  # type: ignore[untyped-decorator]
def epoch_us(instant: ibis.Value) -> ibis.Value:
    """DuckDB's own: an instant as microseconds since 1970."""


@udf.scalar.builtin(signature=((dt.string, dt.string), dt.Timestamp(scale=6)))  # type: ignore[untyped-decorator]
def try_strptime(text: ibis.Value, pattern: ibis.Value) -> ibis.Value:
    """DuckDB's own: the instant without an offset that `text` spells in `pattern`, or null."""


@udf.scalar.builtin(signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def md5(text: ibis.Value) -> ibis.Value:
    """DuckDB's own: the MD5 digest of `text` in hexadecimal."""
