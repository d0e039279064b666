"""How long Postgres takes to take over a publication, beside a bare COPY of the same rows.

`python -m benchmarks.publish.postgres [--json] [--rows N] [--repetitions N]`; draws its own publications and starts its
own server. Each repetition has schemas of its own; seconds are medians. The keys:

- `rows`, memberships; `customers`, each with a row of predictions; `repetitions`;
- `copy_s`: the same bytes by COPY into two equal tables with their keys, and nothing else;
- `first_s`: the first publication, from opening the connection to the commit; `postgres_first_over_copy`;
- `difference_s`: the next one, in which 1 % of the memberships have come, gone or changed, and the predictions of their
  customers with them, while the one before lies beside it; `postgres_difference_over_copy`;
- `again_s`: the same one once more.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import psycopg.sql
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema, DropSchema

from benchmarks.postgres_server import server
from pipeline.publish.destinations.postgres.copy import binary, copy_statement
from pipeline.publish.destinations.postgres.postgres import Postgres
from pipeline.publish.destinations.postgres.tables import tables_of
from pipeline.publish.manifest import checksum
from pipeline.publish.published import Publication
from pipeline.publish.tables import SEGMENTS
from pipeline.segments.rows import SCHEMA
from pipeline.settings.destinations import PostgresDestination

ROWS, REPETITIONS, CHANGED = 1_000_000, 3, 0.01
SEGMENTS_A_SHOP, SEED = 20, 1
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
MOMENT = pa.timestamp("us", "UTC")
Figures = dict[str, float]


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    about = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish.postgres", description=about)
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many memberships")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="runs of each")
    asked = parser.parse_args()
    figures = measure(asked.rows, asked.repetitions)
    print(json.dumps(figures) if asked.json else "\n".join(f"{key:<34}{value:>12,}" for key, value in figures.items()))


def measure(rows: int = ROWS, repetitions: int = REPETITIONS) -> Figures:
    """Draw two publications of so many memberships, and let a server take them over so many times."""
    with tempfile.TemporaryDirectory(prefix="segcast-benchmark-") as name, server() as url:
        first, second = draw(Path(name), rows)
        runs = [run(url, f"run_{number}", first, second) for number in range(repetitions)]
    medians = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
    files = first.manifest["files"]
    return {
        "rows": files["memberships.parquet"]["rows"],
        "customers": files["predictions.parquet"]["rows"],
        **{key: round(seconds, 3) for key, seconds in medians.items()},
        "postgres_first_over_copy": round(medians["first_s"] / medians["copy_s"], 3),
        "postgres_difference_over_copy": round(medians["difference_s"] / medians["copy_s"], 3),
        "repetitions": repetitions,
    }


def run(url: URL, schema: str, first: Publication, second: Publication) -> Figures:
    """Return the seconds of each piece, in schemas that are there for them alone."""
    settings = PostgresDestination.model_validate({"to": "postgres", "name": "base", "url": "URL", "schema": schema})
    base = Postgres(settings, url.render_as_string(hide_password=False))
    found = {
        "copy_s": bare_copy(url, f"{schema}_bare", first),
        "first_s": _seconds(url, lambda: base.deliver(first)),
        "difference_s": _seconds(url, lambda: base.deliver(second)),
        "again_s": _seconds(url, lambda: base.deliver(second)),
    }
    _forget(url, schema, f"{schema}_bare")
    return found


def bare_copy(url: URL, schema: str, publication: Publication) -> float:
    """Copy the bytes of both tables, ready in memory, into tables with the same columns and keys."""
    predictions = pq.read_table(publication.path / "predictions.parquet")
    members = pq.read_table(publication.path / "memberships.parquet")
    members = members.append_column("valid_from", pa.repeat(pa.scalar(FIRST, MOMENT), members.num_rows))
    tables = tables_of(schema, predictions.schema)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema))
        tables.memberships.create(connection)
        tables.predictions.create(connection)
    sent = [
        (copy_statement(table, rows.column_names), list(binary(rows)))
        for table, rows in ((tables.memberships, members), (tables.predictions, predictions))
    ]
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        return _seconds(url, lambda: _copy(connection, sent))


def _copy(connection: psycopg.Connection, sent: list[tuple[psycopg.sql.Composed, list[bytes]]]) -> None:
    for statement, parts in sent:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for part in parts:
                copy.write(part)
    connection.commit()


def draw(folder: Path, rows: int) -> tuple[Publication, Publication]:
    """Write two publications of two nights, the second with 1 % of the memberships come, gone or changed."""
    dice = np.random.default_rng(SEED)
    customers = np.array([f"c-{number:08}" for number in range(rows * 2 // 5)])
    members = _members(dice, customers, rows)
    predictions = _predictions(dice, customers)
    fate = dice.random(members.num_rows)
    gone, changed = fate < CHANGED / 3, (fate >= CHANGED / 3) & (fate < CHANGED * 2 / 3)
    come = dice.random(members.num_rows) < CHANGED / 3
    scores = np.where(changed, dice.random(members.num_rows), members["score"].to_numpy())
    after = members.set_column(4, "score", pa.array(scores, from_pandas=True))
    before = members.filter(pa.array(~come))
    theirs = members.filter(pa.array(gone | changed | come))["customer_id"]
    concerned = pc.is_in(pa.array(customers), theirs.combine_chunks()).to_numpy(zero_copy_only=False)
    churn = np.where(concerned, dice.random(len(customers)), predictions["churn_probability"].to_numpy())
    later = predictions.set_column(1, "churn_probability", pa.array(churn))
    return (
        _written(folder, FIRST, before, predictions),
        _written(folder, FIRST + timedelta(days=1), after.filter(pa.array(~gone)), later),
    )


def _members(dice: np.random.Generator, customers: np.ndarray, rows: int) -> pa.Table:
    """Return memberships as publications have them, in order of segment and customer; half of them with a score."""
    size = rows // SEGMENTS_A_SHOP
    parts = []
    for number in range(SEGMENTS_A_SHOP):
        chosen = np.sort(dice.choice(len(customers), size, replace=False))
        since_us = int(FIRST.timestamp()) * 10**6 - dice.integers(0, 10**8, size) * 10**6
        scores = dice.random(size) if number % 2 else np.full(size, np.nan)
        columns = {
            "customer_id": customers[chosen],
            "segment": np.repeat(f"segment_{number:02}", size),
            "kind": np.repeat("predicted" if number % 2 else "rule", size),
            "since": pa.array(since_us, MOMENT),
            "score": pa.array(scores, from_pandas=True),
            "held_out": dice.random(size) < 0.1,  # noqa: PLR2004 - a tenth
        }
        parts.append(pa.table(columns, schema=SCHEMA))
    return pa.concat_tables(parts)


def _predictions(dice: np.random.Generator, customers: np.ndarray) -> pa.Table:
    count = len(customers)
    numbers = {
        name: dice.random(count)
        for name in ("churn_probability", "purchase_probability", "expected_spend", "value_at_stake")
    }
    moments = pa.array(int(FIRST.timestamp()) * 10**6 + dice.integers(0, 10**7, count) * 10**6, MOMENT)
    reasons = np.array([f"No order for {days} days, usually every {days // 3}" for days in range(30, 130)])
    texts = {f"churn_reason_{place}": reasons[dice.integers(0, len(reasons), count)] for place in (1, 2, 3)}
    bands = np.array(["low", "medium", "high"])[dice.integers(0, 3, count)]
    return pa.table(
        {"customer_id": customers, **numbers, "expected_next_order_at": moments, "churn_band": bands, **texts}
    )


def _written(folder: Path, moment: datetime, members: pa.Table, predictions: pa.Table) -> Publication:
    """Write what of a publication a database takes over."""
    path = folder / f"{moment:%Y-%m-%d}"
    path.mkdir()
    names = sorted(set(members["segment"].unique().to_pylist()))
    rows = [
        {"segment": name, "kind": "rule", "title": name, "size": 1, "share": 0.1, "definition_version": "1"}
        for name in names
    ]
    pyarrow.csv.write_csv(pa.Table.from_pylist(rows, SEGMENTS), path / "segments.csv")
    pq.write_table(members.combine_chunks(), path / "memberships.parquet", compression="zstd")
    pq.write_table(predictions.combine_chunks(), path / "predictions.parquet", compression="zstd")
    counts = {
        "segments.csv": len(rows),
        "memberships.parquet": members.num_rows,
        "predictions.parquet": predictions.num_rows,
    }
    manifest = {
        "publication_id": path.name,
        "as_of": moment.isoformat(),
        "data_snapshot": 1,
        "code_version": "1",
        "left_out": [],
        "segments": {name: {"definition_version": "1", "size": 1} for name in names},
        "files": {name: {"rows": count, "sha256": checksum(path / name)} for name, count in counts.items()},
    }
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Publication(path, manifest)


def _seconds(url: URL, work: Callable[[], object]) -> float:
    """Return how long a piece of work takes, after all that was written before has reached the disk."""
    _asked(url, psycopg.sql.SQL("CHECKPOINT"))
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _forget(url: URL, *schemas: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for schema in schemas:
            connection.execute(DropSchema(schema, cascade=True))


def _asked(url: URL, statement: psycopg.sql.SQL) -> None:
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)


if __name__ == "__main__":
    main()
