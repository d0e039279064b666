"""The examples run on the real logs, where those are there."""

import shutil
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, ITEM_PURCHASED, ORDER_PLACED
from pipeline.settings import SETTINGS_FILE, load_settings
from pipeline.sources.ingest import ingest

EXAMPLES = Path(__file__).parents[1] / "examples"
DATA = Path(__file__).parents[2] / "shared" / "data"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
LINES_AT_MOST = 20


def needs(folder):
    return pytest.mark.skipif(
        not (DATA / folder).exists(), reason=f"needs ../shared/data/{folder}: the example's README.md says what it is"
    )


@pytest.fixture
def ingested(tmp_path):
    def ingested(example, folder):
        shutil.copy(EXAMPLES / example / SETTINGS_FILE, tmp_path)
        for path in (DATA / folder).iterdir():
            (tmp_path / path.name).symlink_to(path.resolve())
        settings = load_settings(tmp_path)
        store = Store(tmp_path / "store", settings.shop.time_zone)
        (report,) = ingest(store, settings.sources, tmp_path, NOW)
        assert report.rows_read == report.rows_kept + report.duplicates + sum(report.quarantined.values())
        return store, report

    return ingested


def by_type(store):
    events = store.read(EVENTS)
    counts = store.engine.to_pyarrow(events.group_by("event_type").aggregate(n=events.count()))
    return dict(zip(counts["event_type"].to_pylist(), counts["n"].to_pylist(), strict=True))


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/segcast.toml")))
def test_an_example_has_few_lines_of_valid_settings_and_says_what_it_is(example):
    text = (EXAMPLES / example / SETTINGS_FILE).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES_AT_MOST
    assert load_settings(EXAMPLES / example).sources
    assert (EXAMPLES / example / "README.md").read_text(encoding="utf-8").startswith("# ")


@needs("mimnet")
def test_mim_net_is_a_table_of_events_with_details_in_further_files(ingested):
    store, report = ingested("mimnet", "mimnet")
    assert (report.rows_read, report.rows_kept, report.duplicates, report.quarantined) == (16_008, 15_977, 31, {})
    assert by_type(store) == {
        "cart_added": 698,
        "checkout_started": 482,
        "item_purchased": 109,
        "order_placed": 98,
        "page_viewed": 7_602,
        "pop_up_email_accepted": 99,
        "pop_up_email_viewed": 1_156,
        "product_viewed": 5_842,
    }


@needs("mimnet")
def test_mim_nets_money_is_that_of_orders_and_checkouts_alone(ingested):
    store, _ = ingested("mimnet", "mimnet")
    events = store.read(EVENTS)
    worth = events.group_by("event_type").aggregate(n=events.amount.count(), sum=events.amount.sum())
    told = {row["event_type"]: (row["n"], row["sum"]) for row in store.engine.to_pyarrow(worth).to_pylist()}
    assert {kind: of for kind, of in told.items() if of[0]} == {
        "order_placed": (43, Decimal("2967.7000")),
        "checkout_started": (319, Decimal("16246.5600")),
    }


@needs("tmall")
def test_tmall_keeps_every_click_and_makes_an_order_of_what_was_bought_on_a_day(ingested):
    store, report = ingested("tmall", "tmall")
    assert (report.rows_read, report.rows_kept, report.quarantined) == (182_880, 182_880, {})
    assert by_type(store) == {
        "cart_added": 153,
        "item_purchased": 6_984,
        "order_placed": 4_298,
        "product_favourited": 1_204,
        "product_viewed": 174_539,
    }
    events = store.read(EVENTS)
    assert store.engine.to_pyarrow(events.customer_id.nunique()).as_py() == 884
    told = events.filter(events.event_type.isin((ORDER_PLACED, ITEM_PURCHASED))).select("event_type", "order_id")
    numbers = Counter(tuple(row.values()) for row in store.engine.to_pyarrow(told.distinct()).to_pylist())
    assert Counter(kind for kind, _ in numbers) == {ORDER_PLACED: 4_298, ITEM_PURCHASED: 4_298}


@needs("cdnow")
def test_cdnow_keeps_every_purchase_of_everybody(ingested):
    store, report = ingested("cdnow", "cdnow")
    assert (report.rows_read, report.rows_kept, report.quarantined) == (69_659, 69_659, {})
    assert by_type(store) == {"order_placed": 69_659}
    events = store.read(EVENTS)
    told = events.aggregate(people=events.customer_id.nunique(), worth=events.amount.sum(), cds=events.quantity.sum())
    assert store.engine.to_pyarrow(told).to_pylist() == [
        {"people": 23_570, "worth": Decimal("2500315.6300"), "cds": Decimal("167881.0000")}
    ]


@needs("online_retail_2009_2010")
def test_online_retail_is_lines_of_which_orders_and_refunds_are_made(ingested):
    store, report = ingested("online_retail", "online_retail_2009_2010")
    assert (report.rows_read, report.rows_kept, report.duplicates) == (525_461, 408_924, 6_765)
    assert by_type(store) == {"item_purchased": 399_552, "order_placed": 18_966, "order_refunded": 9_372}
