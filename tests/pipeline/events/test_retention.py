from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.events.consent import consented
from pipeline.events.retention import expire
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, GAPS, IDENTITIES, QUARANTINE
from tests.rows import AS_OF, arrow, days_before, event

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def put(store, contract, *rows):
    blank = dict.fromkeys(contract.columns)
    store.append(contract, pa.Table.from_pylist([{**blank, **row} for row in rows], schema=contract.schema))


def answer(purpose, days, *, granted):
    moment = days_before(days)
    return {
        "customer_id": "ann",
        "purpose": purpose,
        "granted": granted,
        "occurred_at": moment,
        "received_at": moment,
    }


def claim(alias, customer, days):
    return {
        "alias": alias,
        "customer_id": customer,
        "occurred_at": days_before(days),
        "received_at": days_before(days),
    }


def column(store, contract, name):
    return sorted(store.engine.to_pyarrow(store.read(contract).select(name))[name].to_pylist())


def test_events_before_the_moment_go_and_from_the_moment_on_stay(store):
    rows = [
        event("ann", days_before(400), event_id="long ago"),
        event("ann", AS_OF - MICROSECOND, event_id="just before"),
        event("ann", AS_OF, event_id="then"),
        event("ann", days_before(-1), event_id="after"),
    ]
    store.append(EVENTS, arrow(rows))
    assert expire(store, AS_OF) == {"events": 2}
    assert column(store, EVENTS, "event_id") == ["after", "then"]


def test_files_of_earlier_versions_go_too(store):
    store.append(EVENTS, arrow([event("ann", days_before(400)), event("bob", AS_OF)]))
    expire(store, AS_OF)
    files = [pq.ParquetFile(path).read() for path in (store.folder / "events").glob("month=*/*.parquet")]
    assert [file["customer_id"].to_pylist() for file in files] == [["bob"]]


def test_nothing_is_written_when_nothing_is_old_enough(store):
    store.append(EVENTS, arrow([event("ann", AS_OF)]))
    before = store.snapshot
    assert expire(store, AS_OF) == {}
    assert store.snapshot == before
    assert expire(Store(store.folder / "none"), AS_OF) == {}


def test_the_answer_in_force_at_the_moment_stays_and_what_it_replaced_goes(store):
    put(
        store,
        CONSENTS,
        answer("profiling", 90, granted=True),
        answer("profiling", 60, granted=False),
        answer("profiling", -5, granted=True),
        answer("email", 90, granted=True),
    )
    assert expire(store, AS_OF) == {"consents": 1}
    assert column(store, CONSENTS, "occurred_at") == [days_before(90), days_before(60), days_before(-5)]
    assert column(store, CONSENTS, "purpose") == ["email", "profiling", "profiling"]


def test_an_alias_goes_when_neither_of_its_ids_has_events_or_is_a_customer(store):
    store.append(EVENTS, arrow([event("ann", AS_OF, event_id="1"), event("bob", days_before(9), event_id="2")]))
    put(store, CUSTOMERS, {"customer_id": "eve", "received_at": days_before(99)})
    put(store, IDENTITIES, claim("a-1", "ann", 9), claim("b-1", "bob", 9), claim("e-1", "eve", 9), claim("b-2", "x", 0))
    assert expire(store, AS_OF) == {"events": 1, "identities": 1}
    assert column(store, IDENTITIES, "alias") == ["a-1", "b-2", "e-1"]


def test_rows_set_aside_and_gaps_go_by_when_they_were_found(store):
    aside = {"source": "s", "file": "f", "reason": "r"}
    put(
        store,
        QUARANTINE,
        {**aside, "line": 1, "ingested_at": days_before(1)},
        {**aside, "line": 2, "ingested_at": AS_OF},
    )
    gap = {
        "event_type": "x",
        "kind": "silent",
        "started_at": days_before(9),
        "expected_per_day": 1.0,
        "seen_per_day": 0.0,
    }
    put(store, GAPS, {**gap, "found_at": days_before(1)}, {**gap, "found_at": AS_OF})
    assert expire(store, AS_OF) == {"quarantine": 1, "gaps": 1}
    assert column(store, QUARANTINE, "line") == [2]
    assert column(store, GAPS, "found_at") == [AS_OF]


def test_who_unsubscribed_long_ago_has_not_agreed_again_when_the_event_is_gone(store):
    store.append(EVENTS, arrow([event("ann", days_before(700), "email_unsubscribed"), event("bob", days_before(10))]))
    yes = {"customer_id": "ann", "purpose": "email", "granted": True}
    instants = dict.fromkeys(("occurred_at", "received_at"), days_before(900))
    store.append(CONSENTS, pa.Table.from_pylist([{**yes, **instants}], schema=CONSENTS.schema))
    for _ in range(2):
        expire(store, days_before(365))
        agreed = store.engine.to_pyarrow(consented(store.consents(AS_OF), "email", AS_OF))
        assert agreed.num_rows == 0
