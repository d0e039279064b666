import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import SourceError
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, QUARANTINE
from pipeline.settings import load_settings
from pipeline.settings.sources import SegmentSource
from pipeline.sources.ingest import ingest

NOW = datetime(2026, 8, 1, tzinfo=UTC)
LATER = datetime(2026, 9, 1, tzinfo=UTC)
NOON = "2026-03-02T12:00:00.250Z"
AT_NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
CALLS = SegmentSource(format="segment", name="calls", files="calls.jsonl", max_rejected_share=0.99)


def call(kind="track", event=None, properties=None, **fields):
    told = {"type": kind, "event": event, "messageId": "m1", "userId": "ann", "timestamp": NOON, **fields}
    told["properties"] = properties
    return {name: value for name, value in told.items() if value is not None}


ORDER = call(
    event="Order Completed",
    properties={
        "order_id": "o1",
        "subtotal": 27.5,
        "total": 35.0,
        "shipping": 5,
        "tax": 2.5,
        "discount": 2.5,
        "currency": "usd",
        "coupon": "SPRING",
        "email": "ann@example.com",
        "products": [
            {"product_id": "p1", "price": 10, "quantity": 2, "category": "tea", "name": "Oolong"},
            {"sku": "s2", "price": 10.000000000000002},
        ],
    },
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def read(store, tmp_path):
    def read(*calls, source=CALLS):
        lines = (told if isinstance(told, str) else json.dumps(told) for told in calls)
        (tmp_path / "calls.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return checked(store, source, tmp_path)

    return read


def checked(store, source, project, at=NOW):
    reports = ingest(store, [source], project, at)
    for report in reports:
        assert report.rows_read == report.rows_kept + report.duplicates + sum(report.quarantined.values())
    return reports[0]


def rows(store, contract, *names):
    table = store.read(contract).select(*names)
    return sorted((tuple(row.values()) for row in store.engine.to_pyarrow(table).to_pylist()), key=repr)


def test_events_of_the_spec_have_our_names_and_others_their_own(store, read):
    ours = {
        "Product Viewed": "product_viewed",
        "Products Searched": "searched",
        "Product Added": "cart_added",
        "Product Removed": "cart_removed",
        "Checkout Started": "checkout_started",
        "Signed Up": "signed_up",
        "Email Opened": "email_opened",
        "Email Delivered": "email_delivered",
        "Email Link Clicked": "email_clicked",
        "Email Bounced": "email_bounced",
        "Email Marked as Spam": "email_complained",
        "Unsubscribed": "email_unsubscribed",
        "Push Notification Received": "push_delivered",
        "Push Notification Tapped": "push_opened",
        "cartViewed": "cart_viewed",
        "Pop-up Email Viewed": "pop_up_email_viewed",
        "Größe gewählt": "größe_gewählt",
    }
    read(*(call(event=event, messageId=event) for event in ours))
    assert dict(rows(store, EVENTS, "event_id", "event_type")) == ours


def test_a_page_is_known_by_its_address_without_what_follows_it_or_by_its_name(store, read):
    read(
        call("page", name="Home", properties={"url": "https://shop/tea?email=ann@example.com#x"}),
        call("screen", name="Basket", messageId="m2"),
    )
    assert rows(store, EVENTS, "event_type", "page") == [
        ("page_viewed", "Basket"),
        ("page_viewed", "https://shop/tea"),
    ]


def test_an_order_is_worth_its_subtotal_which_has_lost_its_discounts(store, read):
    read(ORDER)
    names = ("event_type", "order_id", "product_id", "category", "quantity", "amount", "discount", "currency")
    assert rows(store, EVENTS, *names) == [
        ("item_purchased", "o1", "p1", "tea", Decimal(2), Decimal(20), None, "USD"),
        ("item_purchased", "o1", "s2", None, None, Decimal(10), None, "USD"),
        ("order_placed", "o1", None, None, None, Decimal("27.5"), Decimal("2.5"), "USD"),
    ]


def test_an_order_without_a_subtotal_is_worth_the_next_best_thing(store, read):
    told = {
        "25": {"revenue": 25, "total": 35},
        "27.5": {"total": 35, "shipping": 5, "tax": 2.5},
        "35.1": {"total": "35.10"},
        "10": {"products": [{"product_id": "p", "price": 4, "quantity": 3}], "discount": 2},
    }
    read(*(call(event="Order Completed", properties=said, messageId=worth) for worth, said in told.items()))
    orders = [row for row in rows(store, EVENTS, "event_id", "amount") if row[0] in told]
    assert orders == [(worth, Decimal(worth)) for worth in sorted(told)]


def test_an_order_without_a_number_is_known_by_its_call(store, read):
    read(call(event="Order Completed", properties={"revenue": 1}))
    assert rows(store, EVENTS, "event_id", "order_id") == [("m1", "m1")]


def test_a_refund_is_worth_what_was_given_back(store, read):
    read(call(event="Order Refunded", properties={"order_id": "o1", "total": 12}))
    assert rows(store, EVENTS, "event_type", "order_id", "amount") == [("order_refunded", "o1", Decimal(12))]


def test_the_price_of_what_was_only_seen_is_no_money(store, read):
    read(call(event="Product Viewed", properties={"product_id": "p", "price": 9.99, "name": "Oolong"}))
    told, amount, properties = rows(store, EVENTS, "product_id", "amount", "properties")[0]
    assert (told, amount, json.loads(properties)) == ("p", None, {"price": 9.99, "name": "Oolong"})


def test_an_anonymous_call_belongs_to_the_anonymous_id(store, read):
    read(call(event="Product Viewed", userId=None, anonymousId="cookie"))
    assert rows(store, EVENTS, "customer_id") == [("cookie",)]
    assert rows(store, IDENTITIES, "alias") == []


def test_a_call_with_both_ids_says_whose_the_anonymous_one_is(store, read):
    report = read(
        call(event="Product Viewed", anonymousId="cookie"),
        call(event="Product Added", anonymousId="cookie", messageId="m2"),
    )
    assert rows(store, EVENTS, "customer_id") == [("ann",), ("ann",)]
    assert rows(store, IDENTITIES, "alias", "customer_id", "occurred_at") == [("cookie", "ann", AT_NOON)]
    assert report.rows_kept == 2


def test_an_alias_call_joins_two_ids(store, read):
    read(call("alias", previousId="old"))
    assert rows(store, IDENTITIES, "alias", "customer_id") == [("old", "ann")]
    assert rows(store, EVENTS, "event_id") == []


def test_who_identifies_becomes_a_customer_known_from_then_on(store, read):
    traits = {
        "email": "ann@example.com",
        "phone": "+49 1",
        "birthday": "1990-05-17",
        "name": "Ann",
        "address": {"country": "DE"},
        "plan": "gold",
    }
    read(call("identify", anonymousId="cookie", receivedAt="2026-03-02T12:00:05Z", traits=traits))
    (told,) = rows(store, CUSTOMERS, "customer_id", "email", "phone", "country", "birth_month", "traits", "received_at")
    assert told[:5] == ("ann", "ann@example.com", "+49 1", "DE", 5)
    assert json.loads(told[5]) == {"name": "Ann", "plan": "gold"}
    assert told[6] == datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
    assert rows(store, IDENTITIES, "alias", "customer_id") == [("cookie", "ann")]


def test_personal_data_is_in_no_table_but_customers(store, read):
    personal = {
        "email": "ann@example.com",
        "userEmail": "a",
        "firstName": "Ann",
        "phone": "+491234",
        "shipping_address": "Main Street 1",
        "address_line_1": "Main Street 2",
        "email_address": "none of yours",
        "customer": {"last_name": "Miller"},
        "note": "write to ann@example.com",
        "name": "Ann Miller",
        "ip": "10.1.1.1",
        "colour": "blue",
        "chip": 7,
    }
    read(
        ORDER,
        call(event="Gift Chosen", properties=personal, messageId="m2", context={"ip": "10.1.1.1"}),
        call(event="Products Searched", properties={"query": "gift for ann@example.com"}, messageId="m3"),
    )
    text = str([rows(store, contract, *contract.columns) for contract in (EVENTS, CONSENTS, IDENTITIES)])
    for secret in ("@example.com", "Miller", "Ann", "+49", "Main Street", "none of yours", "10.1.1.1"):
        assert secret not in text
    (kept,) = [told for kind, told in rows(store, EVENTS, "event_type", "properties") if kind == "gift_chosen"]
    assert json.loads(kept) == {"colour": "blue", "chip": 7}


def test_what_the_context_says_is_kept(store, read):
    context = {
        "campaign": {"name": "spring", "source": "newsletter"},
        "page": {"path": "/tea"},
        "device": {"type": "ios"},
        "location": {"country": "DE"},
    }
    read(call(event="Product Viewed", context=context, channel="browser"))
    names = ("channel", "campaign_id", "source", "page", "device", "country")
    assert rows(store, EVENTS, *names) == [("web", "spring", "newsletter", "/tea", "ios", "DE")]


def test_a_call_that_cannot_be_kept_is_set_aside_whole_for_a_reason(store, read):
    bad = [
        (call(event="Product Viewed", userId=None), "no customer_id"),
        (call(event="Product Viewed", userId="null"), "no customer_id"),
        (call(event="Product Viewed", timestamp=None), "no occurred_at"),
        (call(event="Product Viewed", timestamp="yesterday"), "unreadable occurred_at"),
        (call(), "no event_type"),
        (call("group"), "not an event"),
        (call("identify", userId=None), "no customer_id"),
        (call("identify", traits={"birthday": "in May"}), "unreadable birthday"),
        (call("identify", traits={"email": "ann"}), "malformed email"),
        (call("alias"), "no alias"),
        (call("alias", previousId="ann"), "alias of itself"),
        (call(event="Order Completed", properties={"revenue": "much"}), "unreadable revenue"),
        (call(event="Order Completed", properties={"revenue": -1}), "amount below 0"),
        (call(event="Order Completed", properties={"currency": "dollars"}), "malformed currency"),
        (call(event="Order Completed", properties={"products": [{"price": 1}]}), "no product_id"),
        (call(event="Order Completed", properties={"products": [{"sku": 1, "price": "x"}]}), "unreadable price"),
        (call(event="Order Refunded"), "no amount"),
        (call(event="Product Added", properties={"quantity": 0}), "quantity not above 0"),
        ('{"type": "track"', "broken JSON"),
        ("[1, 2]", "broken JSON"),
    ]
    report = read(call(event="Product Viewed", messageId="m0"), *(line for line, _ in bad))
    assert rows(store, EVENTS, "event_id") == [("m0",)]
    assert sorted(rows(store, QUARANTINE, "line", "reason")) == [(at + 2, reason) for at, (_, reason) in enumerate(bad)]
    assert sum(report.quarantined.values()) == len(bad)


def test_the_same_call_sent_twice_is_one(store, read):
    report = read(ORDER, ORDER)
    assert (report.rows_kept, report.duplicates) == (1, 1)
    assert len(rows(store, EVENTS, "event_id")) == 3


def test_calls_without_an_id_are_told_apart_by_what_they_say(store, read):
    report = read(
        call(event="Product Viewed", messageId=None),
        call(event="Cart Viewed", messageId=None),
        {**ORDER, "messageId": ""},
    )
    assert report.rows_kept == 3
    assert len(rows(store, EVENTS, "event_id")) == 5


def test_the_same_file_twice_changes_nothing(store, read, tmp_path):
    read(ORDER)
    before = store.snapshot
    assert checked(store, CALLS, tmp_path, LATER).known
    assert store.snapshot == before


def test_when_a_call_was_received_is_when_it_is_known(store, read):
    read(call(event="Product Viewed", receivedAt="2026-03-04T00:00:00Z"))
    assert rows(store, EVENTS, "received_at") == [(datetime(2026, 3, 4, tzinfo=UTC),)]


def test_fields_names_and_constants_can_be_overridden(store, read):
    source = CALLS.model_copy(
        update={
            "columns": {
                "customer_id": "properties.shopper",
                "amount": "properties.worth",
                "duration_seconds": "context.s",
            },
            "constants": {"currency": "CHF"},
            "event_types": {"Bought": "order_placed"},
        }
    )
    read(call(event="Bought", properties={"shopper": "bob", "worth": 3}, context={"s": 9}), source=source)
    assert rows(store, EVENTS, "event_type", "customer_id", "amount", "currency", "duration_seconds") == [
        ("order_placed", "bob", Decimal(3), "CHF", Decimal(9))
    ]


def test_text_that_a_pattern_takes_apart_may_be_all_of_one_event(store, tmp_path):
    (tmp_path / "shop.log").write_text("ann|2026-03-02T12:00:00|p7|blue\n", encoding="utf-8")
    source = SegmentSource(
        format="segment",
        name="log",
        files="shop.log",
        pattern=r"^(?P<user_id>\w+)\|(?P<timestamp>[^|]+)\|(?P<sku>\w+)\|(?P<colour>\w+)$",
        constants={"event_type": "order_placed"},
    )
    checked(store, source, tmp_path)
    assert rows(store, EVENTS, "event_type", "customer_id", "product_id", "properties") == [
        ("order_placed", "ann", "p7", '{"colour":"blue"}')
    ]


def test_rudderstack_spells_calls_in_snake_case_in_tables(store, tmp_path):
    (tmp_path / "tracks.csv").write_text(
        "id,anonymous_id,user_id,event,event_text,timestamp,received_at,context_page_path,properties\n"
        'e1,cookie,ann,product_viewed,Product Viewed,2026-03-02 12:00:00,2026-03-02 12:00:09,/tea,"{""sku"":""p""}"\n'
        "e2,cookie,,cart_viewed,Cart Viewed,2026-03-02 12:00:01,,null,\n",
        encoding="utf-8",
    )
    checked(store, SegmentSource(format="segment", name="tracks", files="tracks.csv"), tmp_path)
    assert rows(store, EVENTS, "event_id", "event_type", "customer_id", "product_id", "page") == [
        ("e1", "product_viewed", "ann", "p", "/tea"),
        ("e2", "cart_viewed", "cookie", None, None),
    ]
    assert rows(store, IDENTITIES, "alias", "customer_id") == [("cookie", "ann")]


def test_a_warehouse_has_a_table_for_each_event_and_each_call(store, tmp_path):
    tables = {
        "order_completed.csv": "id,user_id,timestamp,order_id,revenue,gift\no1,ann,2026-03-02 12:00:00,7,9.5,yes\n",
        "pages.csv": "id,anonymous_id,timestamp,path,name\np1,cookie,2026-03-02 10:00:00,/tea,Tea\n",
        "identifies.csv": "id,user_id,timestamp,email,plan\ni1,ann,2026-03-02 12:00:00,ann@example.com,gold\n",
        "users.csv": "id,received_at,email\nbob,2026-03-02 12:00:00,bob@example.com\n",
        "aliases.csv": "id,user_id,previous_id,timestamp\nl1,ann,cookie,2026-03-02 12:00:00\n",
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    checked(store, SegmentSource(format="segment", name="warehouse", files="*.csv"), tmp_path)
    assert rows(store, EVENTS, "event_id", "event_type", "amount", "properties") == [
        ("o1", "order_placed", Decimal("9.5"), '{"gift":"yes"}'),
        ("p1", "page_viewed", None, None),
    ]
    assert rows(store, CUSTOMERS, "customer_id", "email", "traits") == [
        ("ann", "ann@example.com", '{"plan":"gold"}'),
        ("bob", "bob@example.com", None),
    ]
    assert rows(store, IDENTITIES, "alias", "customer_id") == [("cookie", "ann")]


def test_a_parquet_table_may_nest_its_products(store, tmp_path):
    table = pa.table(
        {
            "id": ["o1"],
            "user_id": ["ann"],
            "event": ["order_completed"],
            "timestamp": pa.array([AT_NOON], pa.timestamp("us", "UTC")),
            "products": [[{"product_id": "p", "price": 2.5, "quantity": 2}]],
        }
    )
    pq.write_table(table, tmp_path / "tracks.parquet")
    checked(store, SegmentSource(format="segment", name="tracks", files="*.parquet"), tmp_path)
    assert rows(store, EVENTS, "event_type", "product_id", "amount", "occurred_at") == [
        ("item_purchased", "p", Decimal(5), AT_NOON),
        ("order_placed", None, Decimal(5), AT_NOON),
    ]


EVENTS_CSV = """user_id,event_type,event_id,ts
ann,Order Completed,o1,2026-03-02 12:00:00.250
ann,Product Viewed,v1,2026-03-02 11:00:00
ann,Product Viewed,v1,2026-03-02 11:00:00
bob,Page,g1,2026-03-02 10:00:00
"""
ORDERS_CSV = """id,timestamp,total_price,codes,item_1,item_2,item_3
o1,2026-03-02 12:00:00.250,48.980000000000004,"[{""code"":""TEA""}]",p1,p1,null
o9,2026-03-02 12:00:00,10,,p1,,
o1,2026-03-02 12:00:00.250,50,,p1,,
"""
VIEWS_CSV = "id,day,variant,price\nv1,2026-03-02,p2,null\nv1,2026-03-02,p2,null\n,2026-03-02,p3,1\n"
DETAILED = SegmentSource(
    format="segment",
    name="shop",
    files="events.csv",
    details=("orders.csv", "views*.csv"),
    items=("item_1", "item_2", "item_3"),
    columns={"occurred_at": "ts", "amount": "total_price", "product_id": "variant"},
)


@pytest.fixture
def with_details(store, tmp_path):
    for name, text in (("events.csv", EVENTS_CSV), ("orders.csv", ORDERS_CSV), ("views.csv", VIEWS_CSV)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return checked(store, DETAILED, tmp_path)


@pytest.mark.usefixtures("with_details")
def test_details_of_further_files_belong_to_the_events_with_their_id(store):
    assert rows(store, EVENTS, "event_id", "event_type", "product_id", "amount", "properties") == [
        ("g1", "page_viewed", None, None, None),
        ("o1", "order_placed", None, Decimal("48.98"), '{"codes":"[{\\"code\\":\\"TEA\\"}]"}'),
        ("o1:1", "item_purchased", "p1", None, '{"position":1}'),
        ("o1:2", "item_purchased", "p1", None, '{"position":2}'),
        ("v1", "product_viewed", "p2", None, '{"day":"2026-03-02"}'),
    ]


def test_details_of_no_event_are_counted_and_set_aside_after_the_last_line(store, with_details):
    assert (with_details.rows_read, with_details.rows_kept, with_details.duplicates) == (7, 3, 1)
    assert rows(store, QUARANTINE, "line", "reason") == [
        (5, "detail of no event"),
        (6, "another detail of its event"),
        (7, "no id"),
    ]


@pytest.mark.usefixtures("with_details")
def test_what_is_set_aside_of_details_can_be_read_again(store):
    assert '\\"id\\":\\"o9\\"' in rows(store, QUARANTINE, "line", "row")[0][1]


def test_details_of_several_main_files_are_set_aside_once(store, tmp_path):
    for name, event_id in (("events_1.csv", "o1"), ("events_2.csv", "o2")):
        text = f"id,user_id,event,timestamp\n{event_id},ann,Order Completed,2026-03-02\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "orders.csv").write_text("id,revenue\no1,1\no2,2\no3,3\no2,2,too,many\n", encoding="utf-8")
    source = SegmentSource(format="segment", name="shop", files="events_*.csv", details="orders.csv")
    checked(store, source, tmp_path)
    assert rows(store, EVENTS, "event_id", "amount") == [("o1", Decimal(1)), ("o2", Decimal(2))]
    assert rows(store, QUARANTINE, "line", "reason") == [(2, "detail of no event"), (3, "too many columns")]


def test_details_that_cannot_be_read_are_refused(store, tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS_CSV, encoding="utf-8")
    (tmp_path / "orders.csv").write_text('id,item_1,item_2,item_3,total_price,variant\no1,"p\no2,p\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"expected a readable file, got orders\.csv"):
        ingest(store, [DETAILED.model_copy(update={"details": ("orders.csv",)})], tmp_path, NOW)


def test_details_that_are_not_there_are_refused(store, tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS_CSV, encoding="utf-8")
    with pytest.raises(SourceError, match=r'expected a file matching "orders\.csv"'):
        ingest(store, [DETAILED], tmp_path, NOW)


def test_a_column_named_in_the_settings_must_be_there(store, tmp_path):
    (tmp_path / "tracks.csv").write_text("id,user_id,event,timestamp\ne,ann,x,2026-03-02\n", encoding="utf-8")
    source = SegmentSource(format="segment", name="tracks", files="tracks.csv", columns={"customer_id": "userid"})
    with pytest.raises(SourceError, match=r'expected a column "userid" for customer_id.*Did you mean "user_id"'):
        ingest(store, [source], tmp_path, NOW)


def test_five_lines_of_settings_are_enough(store, tmp_path):
    (tmp_path / "segcast.toml").write_text(
        '[shop]\nname = "s"\n[[sources]]\nname = "calls"\nformat = "segment"\nfiles = "calls.jsonl"\n', encoding="utf-8"
    )
    (tmp_path / "calls.jsonl").write_text(json.dumps(ORDER) + "\n", encoding="utf-8")
    (report,) = ingest(store, load_settings(tmp_path).sources, tmp_path, NOW)
    assert report.rows_kept == 1
