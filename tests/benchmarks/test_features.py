"""The benchmark of features compares like with like, and says so when it does not."""

import json
import sys
from datetime import timedelta

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from benchmarks.digest import digest, together
from benchmarks.feature_builds import windowed_raw
from benchmarks.feature_rivals import polars, windowed
from benchmarks.features import (
    EQUAL,
    EQUAL_AT_TEN,
    GROWTHS,
    PIECES,
    RATIOS,
    check,
    check_spark,
    figures,
    main,
    table,
    with_growth,
)
from benchmarks.ingest import END
from benchmarks.measures import MEASURES, WINDOWS
from tests.rows import arrow, days_before, event

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def log(tmp_path):
    week_ago = days_before(7, END)
    rows = [
        event("A", week_ago, amount="10.05"),
        event("A", week_ago - INSTANT, amount="3.1"),
        event("A", END - INSTANT, amount="0.2"),
        event("A", END, amount="1000"),
        event("A", days_before(2, END), amount="500", received_at=END),
        event("B", days_before(400, END), "page_viewed", duration_seconds="12.5"),
        event("C", days_before(3, END), "signed_up"),
    ]
    file = tmp_path / "raw" / "before" / "2026-06.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(arrow(rows), file)
    return tmp_path


def test_polars_and_our_builder_find_the_same_at_the_edges_of_windows(log):
    theirs, ours = polars(log), windowed_raw(log)
    assert theirs["rows"] == ours["rows"] == 2
    assert theirs["digest"] == ours["digest"]
    assert len(ours["digest"]) == len(MEASURES) * len(WINDOWS) == 96


def test_a_window_begins_with_its_first_microsecond_and_knows_nothing_that_arrived_later(log):
    found = windowed(sorted(log.glob("raw/*/*.parquet")), END).collect(engine="streaming").sort("customer_id")
    assert found["customer_id"].to_list() == ["A", "B"]
    assert found["orders_1d"].to_list() == [1, 0]
    assert found["orders_7d"].to_list() == [2, 0]
    assert found["orders_14d"].to_list() == [3, 0]
    assert found["revenue_7d"].cast(pl.Float64).to_list() == [10.25, 0]
    assert found["page_seconds_365d"].cast(pl.Float64).to_list() == [0, 0]


def digested(customers, values, moment=0):
    return digest(np.array(customers, object), np.full(len(values), moment), {"orders": np.array(values, float)})


def test_a_digest_does_not_depend_on_the_order_of_rows_nor_on_how_they_are_parted():
    whole = digested(["A", "B", "C"], [1, np.nan, 3])
    assert digested(["C", "A", "B"], [3, 1, np.nan]) == whole
    assert together([digested(["A"], [1]), digested(["B", "C"], [np.nan, 3])]) == whole


@pytest.mark.parametrize(
    ("customers", "values", "moment"),
    [
        (["A", "B"], [2, 1], 0),
        (["A", "C"], [1, 2], 0),
        (["A", "B"], [1, np.nan], 0),
        (["A", "B"], [1, np.nextafter(2, 3)], 0),
        (["A", "B"], [1, 2], 1),
    ],
    ids=["swapped", "another customer", "null", "the last bit", "another moment"],
)
def test_a_digest_tells_values_customers_and_moments_apart(customers, values, moment):
    assert digested(customers, values, moment) != digested(["A", "B"], [1, 2])


def run(**changed):
    pieces = {name for pair in (*EQUAL, EQUAL_AT_TEN) for name in pair} | set(PIECES)
    same = {"seconds": 1.0, "rows": 2, "events": 100, "digest": {"orders_1d": 7, "orders_7d": 8}, "peak_gib": 0.5}
    return {name: {**same, **changed.get(name, {})} for name in pieces}


def test_pieces_that_found_the_same_pass():
    check(run())


@pytest.mark.parametrize("piece", ["tiles", "grown", "polars", "windowed_raw", "ten_cutoffs_raw"])
def test_a_column_that_differs_is_named(piece):
    with pytest.raises(SystemExit, match=f"{piece} to find the same.*1 columns that differ, among them orders_7d"):
        check(run(**{piece: {"digest": {"orders_1d": 7, "orders_7d": 9}}}))


def test_a_column_that_is_missing_is_named():
    with pytest.raises(SystemExit, match="among them orders_1d"):
        check(run(tiles={"digest": {"orders_7d": 8}}))


def test_a_row_too_many_is_seen():
    with pytest.raises(SystemExit, match="got 2 and 3 rows"):
        check(run(tiles={"rows": 3}))


def test_a_feature_that_spark_computes_otherwise_is_named():
    check_spark({"orders_1d": 0.0, "orders_7d": 1e-10})
    with pytest.raises(SystemExit, match="got orders_7d that differs by inf"):
        check_spark({"orders_1d": 1e-3, "orders_7d": float("inf")})


def test_ratios_are_of_medians_and_peaks_are_the_highest():
    runs = [run(tiles={"seconds": taken, "peak_gib": taken / 10}, scan={"seconds": 2.0}) for taken in (3.0, 9.0, 4.0)]
    found = figures(runs)
    assert found["tiles_over_scan"] == 2
    assert found["ten_cutoffs_over_one"] == 0.25
    assert found["tiles_peak_gib"] == 0.9
    assert found["features"] == 2
    assert found["repetitions"] == 3


def test_twice_the_time_for_twice_the_events_is_a_growth_of_one():
    small = {"events": 100, "build_s": 2.0, "tiles_s": 2.0}
    large = {"events": 200, "build_s": 4.0, "tiles_s": 3.0}
    first, second = with_growth([small, large])
    assert {first[name] for name in GROWTHS} == {None}
    assert second["growth_2m_to_20m"] == 1
    assert second["tiles_growth_2m_to_20m"] == 0.75


def test_the_table_shows_every_size():
    spark = {"events": 1_000, "spark_s": 12.34, "largest_differences": {"orders_1d": 0.0, "orders_7d": 1e-12}}
    shown = table(with_growth([{**figures([run()]), "events": events} for events in (1_000, 20_000)]), spark)
    assert "20,000" in shown
    assert "12.3 s, differs by 1e-12 at most" in shown
    assert all(name in shown for name in RATIOS)


def test_the_command_measures_a_small_shop_and_prints_one_object(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["features", "--json", "--events", "20000", "--repetitions", "1"])
    main()
    found = json.loads(capfd.readouterr().out)
    assert found["events"] > found["customers"] > 0
    assert found["features"] > 40
    assert found["sizes"] == [{name: value for name, value in found.items() if name != "sizes"}]
    assert found.keys() >= {"scan_s", "growth_2m_to_20m", "peak_gib", *RATIOS}
