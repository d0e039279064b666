"""What our builder is measured against: one pass of DuckDB over the log, and the 96 windowed columns by Polars."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

import duckdb
import numpy as np
import polars as pl
from duckdb import ColumnExpression, FunctionExpression, StarExpression

from benchmarks.digest import digest
from benchmarks.feature_builds import Built
from benchmarks.feature_log import raw_files
from benchmarks.ingest import END
from benchmarks.measures import EVENT_TYPES, MEASURES, WINDOWS, Measure
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.windows.rows import COLUMNS

KEY = "customer_id"


class Scanned(TypedDict):
    """How many seconds a pass over the log took, and over how many events."""

    seconds: float
    events: int


def scan(folder: Path) -> Scanned:
    """Let DuckDB read every column that features read, and hold each customer's number of events and largest values."""
    start = time.perf_counter()
    engine = duckdb.connect()
    engine.execute("SET enable_progress_bar = false")
    rows = engine.read_parquet(Store(folder / "store").files(EVENTS))
    largest = [FunctionExpression("max", ColumnExpression(name)).alias(name) for name in COLUMNS if name != KEY]
    counted = FunctionExpression("count", StarExpression()).alias("events")
    rows.aggregate([ColumnExpression(KEY), counted, *largest], ColumnExpression(KEY)).create("customers")
    seconds = time.perf_counter() - start
    total = FunctionExpression("sum", ColumnExpression("events"))
    [(events,)] = engine.table("customers").aggregate([total]).fetchall()
    return Scanned(seconds=seconds, events=int(events))


def polars(folder: Path) -> Built:
    """Let Polars compute the 96 columns from the raw events, streaming."""
    start = time.perf_counter()
    found = windowed(raw_files(folder), END).collect(engine="streaming")
    seconds = time.perf_counter() - start
    values = {name: found[name].cast(pl.Float64).to_numpy() for name in found.columns if name != KEY}
    moments = np.full(len(found), END.timestamp() * 10**6, np.int64)
    return Built(seconds=seconds, rows=len(found), digest=digest(found[KEY].to_numpy(), moments, values))


def windowed(files: list[Path], cut_off: datetime) -> pl.LazyFrame:
    """Return the query of the 96 columns of each customer known at the cut-off.

    Of several ways to write it, this was as fast as any on two cores; decimals keep its sums exact, as ours are.
    """
    moment = pl.lit(cut_off).cast(pl.Datetime("us", "UTC"))
    known = pl.scan_parquet(files).filter(
        pl.col("occurred_at") < moment, pl.col("received_at") < moment, pl.col("event_type").is_in(EVENT_TYPES)
    )
    return known.group_by(KEY).agg(_column(measure, window, moment) for measure in MEASURES for window in WINDOWS)


def _column(measure: Measure, window: timedelta, moment: pl.Expr) -> pl.Expr:
    inside = (pl.col("event_type") == measure.event_type) & (pl.col("occurred_at") >= moment - window)
    answer = inside.sum() if measure.field is None else pl.col(measure.field).filter(inside).sum()
    return answer.alias(measure.column(window))
