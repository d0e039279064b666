import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES
from pipeline.settings import load_settings
from pipeline.settings.sources import KlaviyoSource
from pipeline.sources.ingest import ingest

EXAMPLE = Path(__file__).parents[3] / "examples" / "klaviyo"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
AT = "2026-03-01T10:00:00+00:00"
DONE = datetime(2026, 3, 1, 10, tzinfo=UTC)

SOURCE = KlaviyoSource(format="klaviyo", name="mail", files="events*", max_rejected_share=1)
METRICS = {"M1": "Opened Email", "M2": "Placed Order", "M3": "Ordered Product", "M4": "Pop-up Email Viewed"}


def key(address):
    return "email:" + sha256(address.encode()).hexdigest()[:32]


def event(name, metric="M1", profile="P1", said=None, **attributes):
    return {
        "type": "event",
        "id": name,
        "attributes": {"timestamp": 1772359200, "datetime": AT, "event_properties": said or {}, **attributes},
        "relationships": {
            "profile": {"data": {"type": "profile", "id": profile}},
            "metric": {"data": {"type": "metric", "id": metric}},
        },
    }


def metric(name, title):
    return {"type": "metric", "id": name, "attributes": {"name": title}}


def profile(name, **attributes):
    told = {"email": f"{name.lower()}@shop.example", "created": "2026-01-01T00:00:00+00:00", **attributes}
    return {"type": "profile", "id": name, "attributes": told}


INCLUDED = [*(metric(name, title) for name, title in METRICS.items()), profile("P1", phone_number="+4930111")]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def read(store, tmp_path, events, source=SOURCE, included=INCLUDED, name="events.json"):
    (tmp_path / name).write_text(json.dumps({"data": events, "included": included, "links": {}}), encoding="utf-8")
    (report,) = ingest(store, [source], tmp_path, NOW)
    return report


def read_lines(store, tmp_path, objects, source=SOURCE):
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, objects)), encoding="utf-8")
    (report,) = ingest(store, [source], tmp_path, NOW)
    return report


def rows(store, contract, *names):
    found = store.engine.to_pyarrow(store.read(contract).select(*names)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


def test_events_have_the_names_of_the_metrics_that_the_document_includes(store, tmp_path):
    said = {
        "$message": "C7",
        "Campaign Name": "Spring",
        "Subject": "Hello",
        "Recipient Email Address": "p1@shop.example",
    }
    report = read(store, tmp_path, [event("e1", said=said), event("e2", "M4")])
    assert (report.rows_read, report.rows_kept, report.quarantined) == (2, 2, {})
    names = ("event_id", "event_type", "customer_id", "occurred_at", "campaign_id", "channel")
    assert rows(store, EVENTS, *names) == [
        ("e1", "email_opened", "P1", DONE, "C7", "email"),
        ("e2", "pop_up_email_viewed", "P1", DONE, None, None),
    ]
    assert json.loads(rows(store, EVENTS, "event_id", "properties")[0][1]) == {
        "Campaign Name": "Spring",
        "Subject": "Hello",
    }


def test_orders_and_what_is_in_them(store, tmp_path):
    order = {"$event_id": "A-1", "$value": 31.9, "$extra": {"subtotal_price": "27.00", "email": "p1@shop.example"}}
    product = {"$value": 20, "ProductID": 900, "Quantity": 2, "OrderId": "A-1", "Categories": ["Tea", "Hot"]}
    read(
        store,
        tmp_path,
        [
            event("e1", "M2", said={**order, "$currency_code": "EUR"}),
            event("e2", "M3", said=product),
            event("e3", "M4", said={"value": "high", "Quantity": "some"}),
        ],
    )
    assert rows(
        store, EVENTS, "event_type", "order_id", "product_id", "category", "quantity", "amount", "currency"
    ) == [
        ("item_purchased", "A-1", "900", "Tea", Decimal("2.0000"), Decimal("20.0000"), None),
        ("order_placed", "A-1", None, None, None, Decimal("27.0000"), "EUR"),
        ("pop_up_email_viewed", None, None, None, None, None, None),
    ]


def test_profiles_are_customers_who_are_known_elsewhere_by_id_or_address(store, tmp_path):
    included = [
        metric("M1", "Opened Email"),
        profile("P1", phone_number="+4930111", location={"country": "Germany", "city": "Ulm"}),
        profile("P2", external_id="7"),
        profile("P3"),
    ]
    read(store, tmp_path, [event("e1"), event("e2", profile="P2"), event("e3")], included=included)
    assert rows(store, CUSTOMERS, "customer_id", "email", "phone", "country") == [
        ("P1", "p1@shop.example", "+4930111", "Germany"),
        ("P2", "p2@shop.example", None, None),
    ]
    assert rows(store, IDENTITIES, "alias", "customer_id", "occurred_at") == [
        ("P1", key("p1@shop.example"), datetime(2026, 1, 1, tzinfo=UTC)),
        ("P2", "7", datetime(2026, 1, 1, tzinfo=UTC)),
    ]


def test_answers_are_told_by_events_and_by_profiles(store, tmp_path):
    marketing = {"consent": "SUBSCRIBED", "consent_timestamp": "2026-02-01T00:00:00+00:00"}
    never = {"consent": "NEVER_SUBSCRIBED", "consent_timestamp": None}
    told = {"email": {"marketing": marketing}, "sms": {"marketing": never}}
    included = [metric("M1", "Unsubscribed from Email Marketing"), profile("P1", subscriptions=told)]
    read(store, tmp_path, [event("e1")], included=included)
    assert rows(store, CONSENTS, "customer_id", "purpose", "granted", "occurred_at") == [
        ("P1", "email", False, DONE),
        ("P1", "email", True, datetime(2026, 2, 1, tzinfo=UTC)),
    ]
    assert rows(store, EVENTS, "event_type") == [("email_unsubscribed",)]


def test_lines_of_objects_say_the_same_and_the_settings_name_metrics(store, tmp_path):
    source = SOURCE.model_copy(update={"metrics": {"M9": "Clicked SMS"}})
    objects = [event("e1"), event("e2", "M9"), metric("M1", "Opened Email"), profile("P2")]
    report = read_lines(store, tmp_path, objects, source)
    assert report.quarantined == {"not an event": 1}
    assert (report.rows_read, report.rows_kept) == (4, 3)
    assert rows(store, EVENTS, "event_id", "event_type", "channel") == [
        ("e1", "email_opened", "email"),
        ("e2", "sms_clicked", "sms"),
    ]
    assert rows(store, CUSTOMERS, "customer_id", "email") == [("P2", "p2@shop.example")]


def test_a_document_that_includes_nothing_needs_its_metrics_named(store, tmp_path):
    source = SOURCE.model_copy(update={"metrics": {"M1": "Clicked Email"}})
    (tmp_path / "events.json").write_text(json.dumps({"data": [event("e1"), event("e2", "M2")]}), encoding="utf-8")
    (report,) = ingest(store, [source], tmp_path, NOW)
    assert report.quarantined == {"unknown metric": 1}
    assert rows(store, EVENTS, "event_id", "event_type") == [("e1", "email_clicked")]
    assert rows(store, CUSTOMERS, "customer_id") == []


def test_broken_events_are_set_aside_each_with_its_reason(store, tmp_path):
    nobody = event("e3")
    del nobody["relationships"]["profile"]
    nothing = event("e4")
    del nothing["relationships"]["metric"]
    events = [
        event("e1"),
        event("e2", "M99"),
        nobody,
        nothing,
        event("e5", datetime=None, timestamp=None),
        event("e6", datetime="noon"),
        event("e7", "M2", said={"$value": "much"}),
        event("e8", "M3", said={"$value": 1}),
        event("e9", "M2", said={"$value": -3}),
        event("e10", datetime="2031-01-01T00:00:00Z"),
        {"type": "campaign", "id": "c1"},
        {"type": "profile", "id": None},
    ]
    report = read(store, tmp_path, events)
    assert report.quarantined == {
        "amount below 0": 1,
        "no customer_id": 2,
        "no event_type": 1,
        "no occurred_at": 1,
        "no product_id": 1,
        "not an event": 1,
        "occurred_at in the future": 1,
        "unknown metric": 1,
        "unreadable amount": 1,
        "unreadable occurred_at": 1,
    }
    assert (report.rows_read, report.rows_kept, report.duplicates) == (12, 1, 0)


def test_an_event_without_a_date_in_words_has_one_in_seconds(store, tmp_path):
    read(store, tmp_path, [event("e1", datetime=None)])
    assert rows(store, EVENTS, "occurred_at") == [(DONE,)]


def test_the_same_events_again_are_duplicates_and_the_same_file_changes_nothing(store, tmp_path):
    read(store, tmp_path, [event("e1"), event("e2")])
    before = store.snapshot
    assert read(store, tmp_path, [event("e1"), event("e2")]).known
    assert store.snapshot == before
    report = read(store, tmp_path, [event("e1"), event("e3")])
    assert (report.rows_read, report.rows_kept, report.duplicates) == (2, 1, 1)


def test_fields_and_metrics_can_be_named_otherwise(store, tmp_path):
    source = SOURCE.model_copy(
        update={
            "columns": {"page": "attributes.event_properties.Seen", "amount": "attributes.event_properties.Worth"},
            "constants": {"device": "telephone"},
            "event_types": {"Pop-up Email Viewed": "page_viewed"},
        }
    )
    read(store, tmp_path, [event("e1", "M4", said={"Seen": "/tea", "Worth": "3"})], source)
    assert rows(store, EVENTS, "event_type", "page", "amount", "device") == [
        ("page_viewed", "/tea", Decimal("3.0000"), "telephone")
    ]


def test_personal_data_is_nowhere_but_among_the_customers(store, tmp_path):
    said = {
        "Email": "p1@shop.example",
        "note": "for p1@shop.example",
        "First Name": "Petra",
        "URL": "https://shop.example/?e=p1@shop.example",
        "$extra": {"billing_address": {"first_name": "Petra"}},
        "plan": "gold",
    }
    read(store, tmp_path, [event("e1", "M4", said=said)])
    for contract in (EVENTS, CONSENTS, IDENTITIES):
        told = str(rows(store, contract, *contract.columns))
        assert "@" not in told
        assert "Petra" not in told
        assert "4930111" not in told
    assert json.loads(rows(store, EVENTS, "properties")[0][0]) == {"plan": "gold"}


def test_the_example_is_short_and_reads_a_document(store, tmp_path):
    settings = load_settings(EXAMPLE)
    assert len((EXAMPLE / "segcast.toml").read_text(encoding="utf-8").splitlines()) <= 20
    read(store, tmp_path, [event("e1")], settings.sources[0])
    assert rows(store, EVENTS, "event_type") == [("email_opened",)]
