"""The shop whose every quarter is the same, and the figures of nights after histories of different lengths."""

from datetime import timedelta

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks.nightly.growth import Measured, figures_of, table
from benchmarks.nightly.repeating import DAY, END, QUARTER, RepeatedShop, one_quarter, some_customers
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS, INGESTS

YESTERDAY = END - DAY


@pytest.fixture(scope="module")
def quarter():
    return one_quarter(40, 1)


def written(shop, folder, days_a_commit=30):
    store = Store(folder / str(shop.months))
    count = shop.write(store, YESTERDAY, days_a_commit)
    rows = store.engine.to_pyarrow(store.read(EVENTS))
    assert len(rows) == count
    return store, rows


def test_a_longer_history_adds_to_a_shorter_one_the_same_again_under_ids_of_its_own(quarter, tmp_path):
    _, short = written(RepeatedShop(quarter, 1), tmp_path)
    store, long = written(RepeatedShop(quarter, 3), tmp_path)
    assert len(pc.unique(long["event_id"])) == len(long)
    assert pc.all(pc.is_in(short["event_id"], long["event_id"].combine_chunks())).as_py()
    known = {*quarter.customers["customer_id"].to_pylist(), *quarter.events["customer_id"].to_pylist()}
    assert set(long["customer_id"].unique().to_pylist()) <= known
    assert pc.max(long["received_at"]).as_py() < YESTERDAY
    assert pc.min(long["occurred_at"]).as_py() == pc.min(short["occurred_at"]).as_py() - 2 * QUARTER
    assert store.engine.to_pyarrow(store.read(CUSTOMERS)).num_rows == 40


def test_every_night_leaves_a_commit_and_its_record(quarter, tmp_path):
    store, _ = written(RepeatedShop(quarter, 1), tmp_path, days_a_commit=10)
    records = store.engine.to_pyarrow(store.read(INGESTS))
    assert records.num_rows == store.snapshot.number - 1  # the first commit was the customers'
    assert pc.sum(records["rows_written"]).as_py() == store.engine.execute(store.read(EVENTS).count())


def test_a_nights_file_holds_what_became_known_on_the_day_before(quarter, tmp_path):
    count = RepeatedShop(quarter, 1).export(tmp_path, END)
    received = pq.read_table(tmp_path / "2026-07-01.parquet")["received_at"]
    assert len(received) == count > 0
    assert pc.min(received).as_py() >= YESTERDAY
    assert pc.max(received).as_py() < END


def test_a_smaller_shop_is_of_its_first_customers_alone(quarter):
    small = some_customers(quarter, 10)
    aliases = small.identities["alias"].to_pylist()
    assert small.customers.num_rows == 10
    assert set(small.identities["customer_id"].to_pylist()) <= set(small.customers["customer_id"].to_pylist())
    assert set(small.events["customer_id"].to_pylist()) <= {*small.customers["customer_id"].to_pylist(), *aliases}


def test_figures_are_medians_and_their_ratio():
    def nights(*seconds):
        return [Measured(one, one / 2, 0.5, {"start": {"seconds": one, "cpu_seconds": one / 2}}) for one in seconds]

    told = figures_of({3: nights(10.0, 30.0, 11.0), 24: nights(12.0, 14.0, 15.4)})
    assert told["history_24_over_3_months"] == pytest.approx(1.27)
    assert told["cpu_24_over_3_months"] == pytest.approx(1.27)
    assert told["months"][3]["seconds"] == 11
    assert told["months"][24]["steps"]["start"] == {"seconds": 14.0, "cpu_seconds": 7.0}
    assert table(told).splitlines()[2].split() == ["whole", "11.00", "14.00", "5.50", "7.00"]


def test_a_quarter_keeps_the_weekdays():
    assert QUARTER % timedelta(weeks=1) == timedelta(0)
