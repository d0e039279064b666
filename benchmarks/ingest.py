"""How long an ingest takes and what memory it needs, beside DuckDB writing the same Parquet files without any check.

`python -m benchmarks.ingest [--json] [--events N …] [--repetitions N]`; simulates its own shop. Each run is a process
of its own, the two in turn. The keys, for each size under `sizes`: `events`; `time_over_duckdb`, the ratio of medians;
`segcast_s` and `duckdb_s`, medians in seconds; `peak_gib`, the most memory that an ingest held, and
`duckdb_peak_gib`; `repetitions`, of each.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

SIZES = (2_000_000, 20_000_000)
REPETITIONS = 3
EVENTS_A_CUSTOMER = 60  # about what the simulated shop has in its two years
START, END = datetime(2024, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
READ_AT = datetime(2026, 8, 1, tzinfo=UTC)
SEED = 1
KIB_A_GIB = 2**20


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--events", type=int, nargs="+", default=SIZES, help="about how many events")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="runs of each")
    asked = parser.parse_args()
    figures = {"sizes": [measure(events, asked.repetitions) for events in asked.events]}
    print(json.dumps(figures) if asked.json else table(figures["sizes"]))


def measure(events: int, repetitions: int) -> dict[str, float]:
    """Simulate a shop of about this size, then ingest it and let DuckDB write it, in turn."""
    with tempfile.TemporaryDirectory(prefix="segcast-benchmark-") as name:
        folder = Path(name)
        exact = simulate(folder / "shop", events)
        runs = [{work: _run(work, folder) for work in ("ingest", "copy")} for _ in range(repetitions)]
    seconds = {work: statistics.median(run[work][0] for run in runs) for work in ("ingest", "copy")}
    peaks = {work: max(run[work][1] for run in runs) for work in ("ingest", "copy")}
    return {
        "events": exact,
        "time_over_duckdb": round(seconds["ingest"] / seconds["copy"], 2),
        "segcast_s": round(seconds["ingest"], 2),
        "duckdb_s": round(seconds["copy"], 2),
        "peak_gib": round(peaks["ingest"], 2),
        "duckdb_peak_gib": round(peaks["copy"], 2),
        "repetitions": repetitions,
    }


def simulate(folder: Path, events: int) -> int:
    """Write the simulated shop's files, and return how many events they hold."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - a measured process must not carry what only the measuring needs

    from pipeline.shop.write import write_shop  # noqa: PLC0415

    write_shop(folder, max(events // EVENTS_A_CUSTOMER, 1), START, END, SEED)
    return sum(pq.read_metadata(path).num_rows for path in (folder / "events").glob("*.parquet"))


def ingest(folder: Path, out: Path) -> None:
    """Ingest the shop's events into a new store."""
    from pipeline.events.store import Store  # noqa: PLC0415
    from pipeline.events.tables import EVENTS  # noqa: PLC0415
    from pipeline.settings.sources import ColumnsSource  # noqa: PLC0415
    from pipeline.sources.ingest import ingest as ingest_sources  # noqa: PLC0415

    columns = {name: name for name in EVENTS.columns}
    source = ColumnsSource(format="columns", name="events", files=("events/*.parquet",), columns=columns)
    ingest_sources(Store(out), [source], folder, READ_AT)


def copy(folder: Path, out: Path) -> None:
    """Let DuckDB write the same rows into Parquet files by month, as the store has them."""
    import duckdb  # noqa: PLC0415

    engine = duckdb.connect()
    engine.execute("SET enable_progress_bar = false")
    rows = engine.read_parquet(str(folder / "events" / "*.parquet"))
    month = duckdb.FunctionExpression(
        "strftime", duckdb.ColumnExpression("occurred_at"), duckdb.ConstantExpression("%Y-%m")
    )
    dated = rows.select(duckdb.StarExpression(), month.alias("month"))
    dated.to_parquet(str(out), partition_by=["month"], compression="snappy")


def table(sizes: Sequence[Mapping[str, float]]) -> str:
    """Return the figures for a person."""
    head = f"{'events':>12}  {'segcast':>9}  {'DuckDB':>9}  {'ratio':>6}  {'peak':>9}  {'DuckDB':>9}"
    rows = (
        f"{one['events']:>12,}  {one['segcast_s']:>7.1f} s  {one['duckdb_s']:>7.1f} s  "
        f"{one['time_over_duckdb']:>6.2f}  {one['peak_gib']:>5.2f} GiB  {one['duckdb_peak_gib']:>5.2f} GiB"
        for one in sizes
    )
    return "\n".join(["Ingest of simulated events, and DuckDB writing the same Parquet (medians)", head, *rows])


def _run(work: str, folder: Path) -> tuple[float, float]:
    """Run one piece of work as a process; return seconds and peak memory in GiB."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    paths = f"Path({str(folder / 'shop')!r}), Path({str(out)!r})"
    call = f"from pathlib import Path; from benchmarks.ingest import {work}; {work}({paths})"
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", call])  # noqa: S603  # our own two functions
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"Expected the {work} to succeed, got exit status {os.waitstatus_to_exitcode(status)}.")
    return time.perf_counter() - start, usage.ru_maxrss / KIB_A_GIB


if __name__ == "__main__":
    main()
