from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.events.event_files import MOST_RUNS
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.settings import ColumnsSource, OrderLinesSource
from pipeline.sources.ingest import ingest, preview
from tests.rows import arrow, event

NOW = datetime(2026, 8, 1, tzinfo=UTC)
VISITS = ColumnsSource(
    format="columns",
    name="visits",
    files="visits*.csv",
    columns={"event_id": "id", "customer_id": "who", "occurred_at": "at"},
    constants={"event_type": "page_viewed"},
)
LINES = OrderLinesSource(
    format="order_lines",
    name="lines",
    files="lines.csv",
    columns={
        "order_id": "order",
        "product_id": "product",
        "quantity": "quantity",
        "unit_price": "price",
        "customer_id": "who",
        "occurred_at": "at",
    },
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def write(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")


def months(store, *columns):
    """What the files of each month hold, row by row as it rests, file by file."""
    found = {}
    for path in map(Path, store.files(EVENTS)):
        rows = [tuple(row.values()) for row in pq.ParquetFile(path).read(list(columns)).to_pylist()]
        found.setdefault(path.parent.name, []).append(rows)
    return {month: sorted(files) for month, files in sorted(found.items())}


def test_an_export_rests_by_month_then_customer_then_instant_then_id(store, tmp_path):
    export = """id,who,at
7,bob,2026-02-03 10:00
6,ann,2026-02-09 10:00
5,eve,2026-01-31 23:59
4,ann,2026-02-01 00:00
3,ann,2026-02-09 09:00
2,bob,2026-01-01 00:00
1,ann,2026-02-09 10:00
"""
    write(tmp_path, "visits.csv", export)
    ingest(store, [VISITS], tmp_path, NOW)
    assert months(store, "event_id") == {
        "month=2026-01": [[("2",), ("5",)]],
        "month=2026-02": [[("4",), ("3",), ("1",), ("6",), ("7",)]],
    }


def test_a_month_is_that_of_utc_wherever_the_shop_is(tmp_path):
    store = Store(tmp_path / "store", "Asia/Tokyo")
    visits = "2,ann,2026-02-01 09:00\n4,eve,2026-02-01 09:00\n3,ann,2026-02-01 10:00\n1,bob,2026-02-01 08:59\n"
    write(tmp_path, "visits.csv", f"id,who,at\n{visits}")
    ingest(store, [VISITS], tmp_path, NOW)
    assert months(store, "event_id") == {"month=2026-01": [[("1",)]], "month=2026-02": [[("2",), ("3",), ("4",)]]}


def test_an_order_made_from_lines_lies_with_its_lines_in_one_run(store, tmp_path):
    lines = "2,p1,1,5,bob,2026-02-03\n1,p1,1,2,ann,2026-02-04\n1,p2,1,3,ann,2026-02-04\n"
    write(tmp_path, "lines.csv", f"order,product,quantity,price,who,at\n{lines}")
    ingest(store, [LINES], tmp_path, NOW)
    ((rows,),) = months(store, "customer_id", "event_type").values()
    assert [customer for customer, _ in rows] == ["ann"] * 3 + ["bob"] * 2
    assert sorted(rows) == [
        ("ann", "item_purchased"),
        ("ann", "item_purchased"),
        ("ann", "order_placed"),
        ("bob", "item_purchased"),
        ("bob", "order_placed"),
    ]


def test_a_dry_run_shows_lines_and_what_follows_from_them(store, tmp_path):
    write(tmp_path, "lines.csv", "order,product,quantity,price,who,at\n1,p1,1,2,ann,2026-02-04\n")
    shown = preview(store, [LINES], tmp_path, NOW).rows[EVENTS.name]
    assert sorted(shown["event_type"].to_pylist()) == ["item_purchased", "order_placed"]


def test_each_ingest_adds_a_run_and_a_late_event_a_row_to_its_month(store, tmp_path):
    write(tmp_path, "visits1.csv", "id,who,at\n2,bob,2026-01-09\n1,ann,2026-01-09\n")
    ingest(store, [VISITS], tmp_path, NOW)
    write(tmp_path, "visits2.csv", "id,who,at\n5,bob,2026-02-01\n4,ann,2026-02-02\n3,bob,2026-01-31 23:00\n")
    ingest(store, [VISITS], tmp_path, NOW + timedelta(days=1))
    assert months(store, "event_id") == {
        "month=2026-01": [[("1",), ("2",)], [("3",)]],
        "month=2026-02": [[("4",), ("5",)]],
    }


@pytest.mark.parametrize(("before", "after"), [(MOST_RUNS - 1, MOST_RUNS), (MOST_RUNS, 1)])
def test_the_ingest_that_makes_a_month_one_of_too_many_runs_makes_them_one(store, tmp_path, before, after):
    for run in range(before):
        store.append(EVENTS, arrow([event("ann", datetime(2026, 2, 1, run, tzinfo=UTC), event_id=str(run))]))
    write(tmp_path, "visits.csv", "id,who,at\nlast,ann,2026-02-28\n")
    ingest(store, [VISITS], tmp_path, NOW)
    (files,) = months(store, "event_id").values()
    assert len(files) == after
    assert sorted(row for rows in files for row in rows) == sorted([("last",), *((str(run),) for run in range(before))])
    assert files[-1][-1] == ("last",)
