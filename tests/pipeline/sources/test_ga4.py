import copy
import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS, IDENTITIES
from pipeline.settings import load_settings
from pipeline.settings.sources import Ga4Source
from pipeline.sources.ingest import ingest

EXAMPLE = Path(__file__).parents[3] / "examples" / "ga4"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEEN_US = int(SEEN.timestamp()) * 1_000_000

SOURCE = Ga4Source(format="ga4", name="site", files="events*")


def parameter(key, value):
    kind = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
    return {"key": key, "value": {kind: value}}


def seen(name, *parameters, **fields):
    return {
        "event_date": "20260301",
        "event_timestamp": str(SEEN_US),
        "event_name": name,
        "event_params": [parameter("ga_session_id", 17), *parameters],
        "event_bundle_sequence_id": 1,
        "user_id": None,
        "user_pseudo_id": "browser.1",
        "user_properties": [{"key": "full_name", "value": {"string_value": "Ann Other"}}],
        "device": {"category": "Mobile"},
        "geo": {"country": "Germany", "city": "Ulm"},
        "traffic_source": {"source": "google", "medium": "cpc", "name": "first"},
        "platform": "WEB",
        "ecommerce": None,
        "items": [],
        **fields,
    }


TEA = {
    "item_id": "T1",
    "item_name": "Tea",
    "item_brand": "(not set)",
    "item_category": "Drinks",
    "price": 10.0,
    "quantity": 2,
}
CUP = {"item_id": "(not set)", "item_name": "Cup", "price": 7.5, "quantity": "1"}
NOBODY = {"item_id": "(not set)", "item_name": "(not set)", "quantity": 1}
EURO = parameter("currency", "EUR")
PURCHASE = seen(
    "purchase",
    EURO,
    ecommerce={
        "transaction_id": "A-1",
        "purchase_revenue": 32.4,
        "purchase_revenue_in_usd": 35.0,
        "shipping_value": 4.9,
    },
    items=[TEA, CUP, NOBODY],
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def read(store, tmp_path, events, source=SOURCE, name="events.jsonl"):
    text = "\n".join(event if isinstance(event, str) else json.dumps(event) for event in events)
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    (report,) = ingest(store, [source], tmp_path, NOW)
    return report


def rows(store, contract, *names):
    found = store.engine.to_pyarrow(store.read(contract).select(*names)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


def test_a_page_view_says_where_when_and_on_what(store, tmp_path):
    view = seen(
        "page_view", parameter("page_location", "https://shop.example/tea"), parameter("engagement_time_msec", 1500),
        parameter("percent", 0.5), parameter("source", "newsletter"), parameter("campaign", "(not set)"),
    )  # fmt: skip
    report = read(store, tmp_path, [view], name="events.jsonl.gz")
    assert (report.rows_read, report.rows_kept, report.quarantined) == (1, 1, {})
    names = ("event_type", "customer_id", "occurred_at", "page", "duration_seconds", "source", "campaign_id", "channel")
    assert rows(store, EVENTS, *names) == [
        ("page_viewed", "browser.1", SEEN, "https://shop.example/tea", Decimal("1.5000"), "newsletter", None, "web")
    ]
    assert rows(store, EVENTS, "device", "country", "amount") == [("mobile", "Germany", None)]
    assert json.loads(rows(store, EVENTS, "properties")[0][0]) == {"ga_session_id": 17, "percent": 0.5}


def test_an_order_has_its_items_and_is_worth_no_more_than_they(store, tmp_path):
    report = read(store, tmp_path, [PURCHASE])
    assert (report.rows_read, report.rows_written) == (1, 3)
    assert rows(
        store, EVENTS, "event_type", "product_id", "category", "quantity", "amount", "currency", "order_id"
    ) == [
        ("item_purchased", "Cup", None, Decimal("1.0000"), Decimal("7.5000"), "EUR", "A-1"),
        ("item_purchased", "T1", "Drinks", Decimal("2.0000"), Decimal("20.0000"), "EUR", "A-1"),
        ("order_placed", None, None, None, Decimal("27.5000"), "EUR", "A-1"),
    ]


@pytest.mark.parametrize(
    ("ecommerce", "items", "amount"),
    [
        ({"purchase_revenue": 20.0}, [TEA, CUP], "20.0000"),
        ({"purchase_revenue": 32.4, "shipping_value": 4.9}, [], "27.5000"),
        ({"purchase_revenue": None}, [TEA], "20.0000"),
        ({"purchase_revenue": 27.299999999999997}, [], "27.3000"),
        ({"purchase_revenue": 9}, [{**TEA, "price": None}], "9.0000"),
        ({}, [], None),
    ],
)
def test_an_order_is_worth_what_its_revenue_and_its_items_agree_on(store, tmp_path, ecommerce, items, amount):
    read(store, tmp_path, [seen("purchase", EURO, ecommerce={"transaction_id": "A-1", **ecommerce}, items=items)])
    found = [row[1] for row in rows(store, EVENTS, "event_type", "amount") if row[0] == "order_placed"]
    assert found == [amount and Decimal(amount)]


def test_an_order_that_is_told_again_is_the_same_order(store, tmp_path):
    again = {**copy.deepcopy(PURCHASE), "event_timestamp": SEEN_US + 60_000_000}
    report = read(store, tmp_path, [PURCHASE, again])
    assert (report.rows_read, report.rows_kept, report.duplicates) == (2, 1, 1)


def test_what_is_about_products_is_an_event_for_each(store, tmp_path):
    events = [
        seen("view_item", items=[TEA]),
        seen("add_to_cart", EURO, items=[TEA, CUP]),
        seen("remove_from_cart", items=[CUP]),
        seen("begin_checkout", EURO, parameter("value", 27.5), items=[TEA, CUP]),
        seen("view_item"),
        seen("refund", EURO, ecommerce={"transaction_id": "A-1", "refund_value": 20}),
        seen("view_search_results", parameter("search_term", "green tea")),
        seen("session_start", parameter("value", 3)),
    ]
    report = read(store, tmp_path, events)
    assert (report.rows_read, report.rows_kept) == (8, 8)
    assert rows(store, EVENTS, "event_type", "product_id", "amount", "query") == [
        ("cart_added", "Cup", Decimal("7.5000"), None),
        ("cart_added", "T1", Decimal("20.0000"), None),
        ("cart_removed", "Cup", Decimal("7.5000"), None),
        ("checkout_started", None, Decimal("27.5000"), None),
        ("order_refunded", None, Decimal("20.0000"), None),
        ("product_viewed", "T1", None, None),
        ("product_viewed", None, None, None),
        ("searched", None, None, "green tea"),
        ("session_start", None, None, None),
    ]


def test_a_browser_turns_out_to_be_the_user_who_logs_in(store, tmp_path):
    known = seen("login", user_id="u7")
    read(store, tmp_path, [seen("page_view"), known, {**known, "event_timestamp": SEEN_US + 5}])
    assert rows(store, EVENTS, "customer_id") == [("browser.1",), ("u7",), ("u7",)]
    assert rows(store, IDENTITIES, "alias", "customer_id", "occurred_at") == [("browser.1", "u7", SEEN)]


def wrapped(rows_, name):
    return {"list": [{name: row} for row in rows_]}


@pytest.mark.parametrize("name", [None, "element", "item"])
def test_parquet_says_the_same_however_it_wraps_lists(store, tmp_path, name):
    value = dict.fromkeys(("string_value", "int_value", "float_value", "double_value"))
    parameters = [{"key": one["key"], "value": {**value, **one["value"]}} for one in PURCHASE["event_params"]]
    items = [{**dict.fromkeys(TEA), **item, "quantity": 1} for item in (TEA, CUP)]
    lists = {"event_params": parameters, "items": items}
    told = lists if name is None else {column: wrapped(found, name) for column, found in lists.items()}
    event = {**PURCHASE, **told, "event_timestamp": SEEN_US}
    pq.write_table(pa.Table.from_pylist([event]), tmp_path / "events.parquet")
    (report,) = ingest(store, [SOURCE], tmp_path, NOW)
    assert (report.rows_read, report.rows_kept, report.rows_written) == (1, 1, 3)
    assert {row[0] for row in rows(store, EVENTS, "currency")} == {"EUR"}


def test_broken_events_are_set_aside_each_with_its_reason(store, tmp_path):
    events = [
        seen("page_view"),
        "{broken",
        seen("page_view", user_pseudo_id=None),
        seen("page_view", event_timestamp="noon"),
        seen(None),
        seen("refund"),
        seen("purchase", EURO, ecommerce={"purchase_revenue": "much"}),
        seen("purchase", EURO, items=[{**TEA, "price": "x"}]),
        seen("add_to_cart", items=[{**TEA, "quantity": 0}]),
    ]
    report = read(store, tmp_path, events, SOURCE.model_copy(update={"max_rejected_share": 1}))
    assert report.quarantined == {
        "broken JSON": 1,
        "no customer_id": 1,
        "unreadable occurred_at": 1,
        "no event_type": 1,
        "no amount": 1,
        "unreadable amount": 1,
        "unreadable price": 1,
        "quantity not above 0": 1,
    }
    assert (report.rows_read, report.rows_kept, report.duplicates) == (9, 1, 0)


def test_parameters_that_are_lists_of_nothing_or_told_twice_are_no_reason(store, tmp_path):
    double = seen("page_view", parameter("page_location", "a"), parameter("page_location", "b"))
    bare = {name: double[name] for name in ("event_timestamp", "event_name", "user_pseudo_id")}
    report = read(store, tmp_path, [double, bare, {**bare, "event_params": {"key": 1}, "items": "none"}])
    assert report.quarantined == {}
    assert ("a",) in rows(store, EVENTS, "page")


def test_fields_and_parameters_can_be_named_otherwise(store, tmp_path):
    source = SOURCE.model_copy(
        update={
            "columns": {"query": "event_params.words", "country": "geo.city"},
            "constants": {"channel": "shop"},
            "event_types": {"page_view": "content_downloaded"},
        }
    )
    read(store, tmp_path, [seen("page_view", parameter("words", "tea"))], source)
    assert rows(store, EVENTS, "event_type", "query", "country", "channel") == [
        ("content_downloaded", "tea", "Ulm", "shop")
    ]


def test_personal_data_does_not_reach_the_log(store, tmp_path):
    events = [
        seen(
            "page_view",
            parameter("page_location", "https://shop.example/?mail=ann%40shop.example&to=ann@shop.example&x=1"),
            parameter("user_email", "x"), parameter("note", "ask ann@shop.example"), parameter("plan", "gold"),
            user_id="Ann@shop.example",
        ),
    ]  # fmt: skip
    read(store, tmp_path, events)
    said = str([rows(store, one, *one.columns) for one in (EVENTS, IDENTITIES)]).lower()
    assert "ann" not in said
    assert rows(store, CUSTOMERS, "customer_id") == []
    assert json.loads(rows(store, EVENTS, "properties")[0][0]) == {"ga_session_id": 17, "plan": "gold"}
    assert rows(store, EVENTS, "customer_id")[0][0].startswith("email:")


def test_the_same_file_twice_changes_nothing(store, tmp_path):
    read(store, tmp_path, [PURCHASE, seen("page_view")])
    before = store.snapshot
    assert read(store, tmp_path, [PURCHASE, seen("page_view")]).known
    assert store.snapshot == before


def test_the_example_is_short_and_reads_an_export(store, tmp_path):
    settings = load_settings(EXAMPLE)
    assert len((EXAMPLE / "segcast.toml").read_text(encoding="utf-8").splitlines()) <= 20
    read(store, tmp_path, [PURCHASE], settings.sources[0], name="events_20260301.jsonl")
    assert len(rows(store, EVENTS, "event_id")) == 3
