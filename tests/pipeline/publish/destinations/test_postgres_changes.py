"""What differs between two tables, whatever their columns hold."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.publish.destinations.postgres.changes import differences

MOMENT = datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC)
SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "score": pa.float64(),
        "at": pa.timestamp("us", "UTC"),
        "agreed": pa.bool_(),
        "next": pa.list_(pa.string()),
    }
)
ANN = {"customer_id": "ann", "score": 0.1, "at": MOMENT, "agreed": True, "next": ["boots", None]}
BOB = {"customer_id": "bob", "score": float("nan"), "at": None, "agreed": None, "next": None}
CYD = {"customer_id": "cyd", "score": None, "at": MOMENT, "agreed": False, "next": []}


def written(path, *rows, schema=SCHEMA):
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


def test_rows_that_are_the_same_are_left_alone_and_the_order_does_not_matter(tmp_path):
    before, now = written(tmp_path / "before", ANN, BOB, CYD), written(tmp_path / "now", CYD, BOB, ANN)
    found = differences(before, now, ["customer_id"])
    assert (found.rows.num_rows, found.gone.num_rows) == (0, 0)
    assert found.rows.schema == SCHEMA


def test_new_and_changed_rows_come_whole_and_absent_ones_by_their_key(tmp_path):
    dan, changed = {**BOB, "customer_id": "dan"}, {**ANN, "next": ["boots", "tents"]}
    before, now = written(tmp_path / "before", ANN, BOB, CYD), written(tmp_path / "now", changed, CYD, dan)
    found = differences(before, now, ["customer_id"])
    assert found.rows.sort_by("customer_id").to_pylist() == [changed, {**dan, "score": None}]
    assert found.gone.to_pylist() == [{"customer_id": "bob"}]


def test_the_last_bit_of_a_number_counts(tmp_path):
    before = written(tmp_path / "before", ANN)
    now = written(tmp_path / "now", {**ANN, "score": 0.1 + 2**-56})
    assert differences(before, now, ["customer_id"]).rows["score"].to_pylist() == [0.1 + 2**-56]


def test_tables_of_other_columns_cannot_be_compared(tmp_path):
    before = written(tmp_path / "before", ANN)
    now = written(tmp_path / "now", ANN, schema=SCHEMA.remove(4))
    assert differences(before, now, ["customer_id"]) is None
