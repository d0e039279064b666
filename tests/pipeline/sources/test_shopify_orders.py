import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, QUARANTINE
from pipeline.settings import load_settings
from pipeline.settings.sources import ShopifyOrdersSource
from pipeline.sources.ingest import ingest

EXAMPLE = Path(__file__).parents[3] / "examples" / "shopify"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
LATER = datetime(2026, 9, 1, tzinfo=UTC)
ORDERED = datetime(2026, 3, 1, 9, 15, tzinfo=UTC)

JSON = ShopifyOrdersSource(format="shopify_orders", name="orders", files="orders*.json*")
LENIENT = ShopifyOrdersSource(format="shopify_orders", name="orders", files="orders*.csv", max_rejected_share=1)
CSV = ShopifyOrdersSource(format="shopify_orders", name="orders", files="orders*.csv")

ORDER = {
    "id": 101,
    "name": "#1001",
    "test": False,
    "email": "Ann@Shop.example",
    "created_at": "2026-03-01T10:15:00+01:00",
    "cancelled_at": None,
    "financial_status": "paid",
    "currency": "EUR",
    "subtotal_price": "27.00",
    "total_discounts": "3.00",
    "total_price": "31.90",
    "source_name": "web",
    "referring_site": "https://www.google.com/search",
    "landing_site": "/collections/tea?utm_source=newsletter&utm_medium=email",
    "buyer_accepts_marketing": False,
    "discount_codes": [{"code": "SPRING", "amount": "3.00", "type": "fixed_amount"}],
    "customer": {
        "id": 7,
        "email": "ann@shop.example",
        "phone": "+4930111",
        "email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2026-02-01T00:00:00Z"},
        "sms_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-02-02T00:00:00Z"},
    },
    "shipping_address": {"country_code": "DE", "first_name": "Ann"},
    "line_items": [
        {"id": 1, "product_id": 900, "sku": "TEA", "title": "Tea", "quantity": 2, "price": "10.00",
         "discount_allocations": [{"amount": "1.50"}, {"amount": "0.50"}]},
        {"id": 2, "product_id": None, "sku": "CUP", "title": "Cup", "quantity": 1, "price": "10.00",
         "discount_allocations": [{"amount": "1.00"}]},
    ],
    "refunds": [],
}  # fmt: skip
REFUND = {
    "id": 55,
    "created_at": "2026-03-20T08:00:00Z",
    "refund_line_items": [{"subtotal": "9.00"}],
    "order_adjustments": [
        {"kind": "shipping_refund", "amount": "-4.90"},
        {"kind": "refund_discrepancy", "amount": "-1"},
    ],
    "transactions": [{"kind": "refund", "status": "success", "amount": "14.90"}],
}

EXPORT = """\
Name,Email,Financial Status,Accepts Marketing,Currency,Subtotal,Discount Code,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,\
Shipping Country,Cancelled at,Refunded Amount,Id,Source,Phone
#1001,ann@shop.example,paid,yes,EUR,27.00,SPRING,3.00,2026-03-01 10:15:00 +0100,\
2,Tea,10.00,TEA,2.00,DE,,0.00,101,web,+4930111
#1001,ann@shop.example,,,,,,,2026-03-01 10:15:00 +0100,1,Cup,10.00,,1.00,,,,,,
#1002,ben@shop.example,refunded,no,EUR,5.00,,0.00,2026-03-02 10:15:00 +0100,\
1,Spoon,5.00,SPO,0,DE,2026-03-05 12:00:00 +0100,9.90,102,pos,
"""


def key(address):
    return "email:" + sha256(address.encode()).hexdigest()[:32]


def changed(**fields):
    return {**copy.deepcopy(ORDER), **fields}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def read(store, tmp_path, orders, source=JSON, at=NOW, name="orders.json"):
    (tmp_path / name).write_text(json.dumps({"orders": orders}), encoding="utf-8")
    report, *_ = [one for one in ingest(store, [source], tmp_path, at) if one.file == name]
    return report


def read_csv(store, tmp_path, text=EXPORT, source=CSV):
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    (report,) = ingest(store, [source], tmp_path, NOW)
    return report


def rows(store, contract, *names):
    found = store.engine.to_pyarrow(store.read(contract).select(*names)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


def test_an_order_is_worth_its_subtotal_and_its_items_what_was_paid_for_them(store, tmp_path):
    read(store, tmp_path, [ORDER])
    assert rows(store, EVENTS, "event_type", "product_id", "quantity", "amount", "discount") == [
        ("item_purchased", "900", Decimal("2.0000"), Decimal("18.0000"), Decimal("2.0000")),
        ("item_purchased", "CUP", Decimal("1.0000"), Decimal("9.0000"), Decimal("1.0000")),
        ("order_placed", None, None, Decimal("27.0000"), Decimal("3.0000")),
    ]
    shared = ("order_id", "customer_id", "occurred_at", "currency", "country", "channel", "source", "campaign_id")
    assert set(rows(store, EVENTS, *shared)) == {("101", "7", ORDERED, "EUR", "DE", "web", "newsletter", "SPRING")}


def test_a_refund_is_of_its_own_day_and_without_shipping(store, tmp_path):
    read(store, tmp_path, [changed(refunds=[REFUND])])
    refund = [row for row in rows(store, EVENTS, "event_type", "amount", "occurred_at") if row[0] == "order_refunded"]
    assert refund == [("order_refunded", Decimal("10.0000"), datetime(2026, 3, 20, 8, tzinfo=UTC))]


def test_a_refund_without_items_is_what_was_paid_back(store, tmp_path):
    refund = {**REFUND, "refund_line_items": [], "order_adjustments": []}
    read(store, tmp_path, [changed(refunds=[refund])])
    assert ("order_refunded", Decimal("14.9000")) in rows(store, EVENTS, "event_type", "amount")


def test_a_later_export_of_the_order_adds_only_its_new_refund(store, tmp_path):
    read(store, tmp_path, [ORDER])
    before = len(rows(store, EVENTS, "event_id"))
    report = read(store, tmp_path, [changed(refunds=[REFUND])], at=LATER, name="orders-later.json")
    assert (report.rows_read, report.rows_kept, report.rows_written) == (1, 1, 1)
    found = rows(store, EVENTS, "event_id", "event_type", "received_at")
    assert len(found) == before + 1
    assert ("shopify-order-101-refund-55", "order_refunded", LATER) in found


@pytest.mark.parametrize("text", [json.dumps([ORDER]), json.dumps({"orders": [ORDER]}), json.dumps(ORDER)])
def test_a_list_a_document_and_lines_say_the_same(store, tmp_path, text):
    name = "orders.jsonl" if text.startswith('{"id"') else "orders.json"
    (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    (report,) = ingest(store, [JSON], tmp_path, NOW)
    assert (report.rows_read, report.rows_kept) == (1, 1)
    assert len(rows(store, EVENTS, "event_id")) == 3


def test_the_same_order_told_twice_is_a_duplicate(store, tmp_path):
    report = read(store, tmp_path, [ORDER, ORDER])
    assert (report.rows_read, report.rows_kept, report.duplicates) == (2, 1, 1)


def test_who_ordered_is_known_from_the_order_on(store, tmp_path):
    read(store, tmp_path, [ORDER])
    assert rows(store, CUSTOMERS, "customer_id", "email", "phone", "country", "received_at") == [
        ("7", "Ann@Shop.example", "+4930111", "DE", ORDERED)
    ]


def test_a_guest_is_known_by_the_digest_of_the_address_and_turns_out_to_be_a_customer(store, tmp_path):
    guest = changed(id=102, customer=None, email="Ann@shop.example ")
    read(store, tmp_path, [ORDER, guest])
    assert {row[0] for row in rows(store, EVENTS, "customer_id")} == {"7", key("ann@shop.example")}
    assert rows(store, IDENTITIES, "alias", "customer_id") == [(key("ann@shop.example"), "7")]


def test_answers_are_dated_and_who_was_never_asked_gave_none(store, tmp_path):
    asked = {"state": "not_subscribed", "consent_updated_at": None}
    other = changed(id=102, customer={"id": 8, "email_marketing_consent": asked}, buyer_accepts_marketing=True)
    read(store, tmp_path, [ORDER, other])
    assert rows(store, CONSENTS, "customer_id", "purpose", "granted", "occurred_at") == [
        ("7", "email", True, datetime(2026, 2, 1, tzinfo=UTC)),
        ("7", "sms", False, datetime(2026, 2, 2, tzinfo=UTC)),
        ("8", "email", True, ORDERED),
    ]


def test_a_cancelled_order_that_was_never_paid_is_taken_back_on_the_day_of_that(store, tmp_path):
    read(store, tmp_path, [changed(cancelled_at="2026-03-02T00:00:00Z", financial_status="voided")])
    refund = ("order_refunded", Decimal("27.0000"), datetime(2026, 3, 2, tzinfo=UTC))
    assert refund in rows(store, EVENTS, "event_type", "amount", "occurred_at")


def test_broken_orders_are_set_aside_whole_each_with_its_reason(store, tmp_path):
    tea = ORDER["line_items"][0]
    broken = [
        ("a test order", {"test": True}),
        ("no customer_id", {"customer": None, "email": None}),
        ("no occurred_at", {"created_at": None}),
        ("unreadable occurred_at", {"created_at": "yesterday"}),
        ("unreadable amount", {"subtotal_price": "a lot"}),
        ("no amount", {"subtotal_price": None}),
        ("amount below 0", {"subtotal_price": "-1"}),
        ("unreadable cancelled_at", {"cancelled_at": "soon"}),
        ("occurred_at in the future", {"created_at": "2031-01-01T00:00:00Z"}),
        ("unreadable time of a refund", {"refunds": [{**REFUND, "created_at": "then"}]}),
        ("unreadable amount of a refund", {"refunds": [{**REFUND, "refund_line_items": [{"subtotal": "x"}]}]}),
        ("unreadable price", {"line_items": [tea, {**tea, "id": 9, "price": "x"}]}),
        ("quantity not above 0", {"line_items": [{**tea, "quantity": -1}]}),
        ("unreadable discount", {"line_items": [{**tea, "discount_allocations": [{"amount": "x"}]}]}),
        ("no product_id", {"line_items": [{"id": 3, "quantity": 1, "price": "1"}]}),
    ]
    orders = [changed(id=200 + nth, **fields) for nth, (_, fields) in enumerate(broken)]
    report = read(store, tmp_path, [ORDER, *orders], JSON.model_copy(update={"max_rejected_share": 1}))
    assert report.quarantined == {reason: 1 for reason, _ in broken}
    assert (report.rows_read, report.rows_kept, report.duplicates) == (16, 1, 0)
    assert {row[0] for row in rows(store, EVENTS, "order_id")} == {"101"}
    assert rows(store, QUARANTINE, "line", "reason")[0] == (10, "occurred_at in the future")


def test_an_item_that_was_taken_off_and_lists_that_are_missing_are_no_reason(store, tmp_path):
    bare = {name: value for name, value in ORDER.items() if name not in {"refunds", "discount_codes"}}
    items = [{**ORDER["line_items"][0], "quantity": 0}, {"id": 4, "sku": "X", "quantity": 1, "price": 5}]
    report = read(store, tmp_path, [{**bare, "line_items": items}])
    assert report.quarantined == {}
    assert ("item_purchased", "X", Decimal("5.0000")) in rows(store, EVENTS, "event_type", "product_id", "amount")


def test_fields_can_be_named_otherwise(store, tmp_path):
    source = JSON.model_copy(
        update={"columns": {"product_id": "sku", "occurred_at": "updated_at"}, "constants": {"channel": "shop"}}
    )
    read(store, tmp_path, [changed(updated_at="2026-04-01T00:00:00Z")], source)
    assert {row[0] for row in rows(store, EVENTS, "product_id")} == {"TEA", "CUP", None}
    assert set(rows(store, EVENTS, "occurred_at", "channel")) == {(datetime(2026, 4, 1, tzinfo=UTC), "shop")}


def test_personal_data_is_nowhere_but_among_the_customers(store, tmp_path):
    read(
        store,
        tmp_path,
        [changed(note="for Ann", landing_site="/?utm_source=ann@shop.example"), changed(id=102, customer=None)],
    )
    for contract in (EVENTS, CONSENTS, IDENTITIES):
        said = str(rows(store, contract, *contract.columns)).lower()
        assert "@" not in said
        assert "4930111" not in said


def test_an_export_with_one_row_an_item_says_the_same(store, tmp_path):
    report = read_csv(store, tmp_path)
    assert (report.rows_read, report.rows_kept, report.quarantined) == (3, 3, {})
    assert rows(store, EVENTS, "event_type", "order_id", "product_id", "amount", "occurred_at")[:1] == [
        ("item_purchased", "101", "Cup", Decimal("9.0000"), ORDERED)
    ]
    assert [row for row in rows(store, EVENTS, "order_id", "event_type", "amount") if row[1] != "item_purchased"] == [
        ("101", "order_placed", Decimal("27.0000")),
        ("102", "order_placed", Decimal("5.0000")),
        ("102", "order_refunded", Decimal("5.0000")),
    ]
    assert rows(store, CUSTOMERS, "customer_id", "email", "country") == [
        (key("ann@shop.example"), "ann@shop.example", "DE"),
        (key("ben@shop.example"), "ben@shop.example", "DE"),
    ]
    assert rows(store, CONSENTS, "customer_id", "granted") == [
        (key("ann@shop.example"), True),
        (key("ben@shop.example"), False),
    ]


def test_an_export_and_the_api_tell_of_the_same_order_under_one_id(store, tmp_path):
    read(store, tmp_path, [ORDER])
    read_csv(store, tmp_path)
    assert [row[0] for row in rows(store, EVENTS, "event_id", "event_type") if row[1] == "order_placed"] == [
        "shopify-order-101",
        "shopify-order-102",
    ]


def test_an_order_with_a_broken_item_is_set_aside_whole(store, tmp_path):
    report = read_csv(store, tmp_path, EXPORT.replace("1,Cup,10.00", "1,Cup,free"), LENIENT)
    assert report.quarantined == {"another item of its order cannot be kept": 1, "unreadable price": 1}
    assert {row[0] for row in rows(store, EVENTS, "order_id")} == {"102"}
    assert [row[0] for row in rows(store, QUARANTINE, "line")] == [1, 2]


def test_an_export_without_an_address_has_nobody_to_tell_of(store, tmp_path):
    report = read_csv(store, tmp_path, EXPORT.replace("ben@shop.example", ""))
    assert report.quarantined == {"no customer_id": 1}


def test_columns_of_an_export_can_be_named_otherwise(store, tmp_path):
    source = CSV.model_copy(update={"columns": {"product_id": "Lineitem name"}, "constants": {"currency": "USD"}})
    read_csv(store, tmp_path, source=source)
    assert {row[0] for row in rows(store, EVENTS, "product_id")} == {"Tea", "Cup", "Spoon", None}
    assert {row[0] for row in rows(store, EVENTS, "currency")} == {"USD"}


def test_the_example_is_short_and_reads_an_export(store, tmp_path):
    settings = load_settings(EXAMPLE)
    assert len((EXAMPLE / "segcast.toml").read_text(encoding="utf-8").splitlines()) <= 20
    read(store, tmp_path, [ORDER], settings.sources[0])
    assert {row[0] for row in rows(store, EVENTS, "product_id")} == {"TEA", "CUP", None}
