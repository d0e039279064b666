import json

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.events.forget import erase, find_person
from pipeline.events.forgotten import FILE, forgotten_among, forgotten_ids, forgotten_rows
from pipeline.events.person import Person
from pipeline.events.pseudonyms import pseudonym
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, QUARANTINE
from tests.rows import AS_OF, arrow, days_before, event

ANN, MAIL = "c-1000", "ann.miller@example.org"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def put(store, contract, *rows):
    blank = dict.fromkeys(contract.columns)
    dated = {name: AS_OF for name in ("received_at", "occurred_at") if name in contract.columns}
    store.append(contract, pa.Table.from_pylist([{**blank, **dated, **row} for row in rows], schema=contract.schema))


def claim(alias, customer, days=5):
    return {"alias": alias, "customer_id": customer, "occurred_at": days_before(days)}


def set_aside(line, row):
    text = row if isinstance(row, str) else json.dumps(row)
    return {
        "source": "orders",
        "file": "0a1b",
        "line": line,
        "reason": "no date",
        "row": text,
        "ingested_at": AS_OF,
    }


def ids(store, contract, column="customer_id"):
    return sorted(store.engine.to_pyarrow(store.read(contract).select(column))[column].to_pylist())


def every_byte(folder):
    """What is in a folder's files, those of Parquet also value by value."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path).encode() + b"\n" + path.read_bytes()
        if path.suffix == ".parquet":
            yield str(pq.ParquetFile(path).read().to_pylist()).encode()


def names(folder, *values):
    return [value for value in values if any(value.encode() in found for found in every_byte(folder))]


@pytest.fixture
def shop(store):
    """Ann in every table, under her id, an e-mail address and two aliases; Bob beside her."""
    put(
        store,
        CUSTOMERS,
        {"customer_id": ANN, "email": "Ann.Miller@example.org", "phone": "+44 20 7946 0001"},
        {"customer_id": ANN, "email": MAIL, "received_at": days_before(30)},
        {"customer_id": "c-2000", "email": "bob@example.org", "traits": json.dumps({"invited_by": MAIL})},
    )
    store.append(
        EVENTS,
        arrow(
            [
                event(ANN, days_before(2), event_id="1"),
                event("cookie-77", days_before(3), event_id="2"),
                event("c-10001", days_before(3), event_id="3", properties='{"note": "unlike c-1000x"}'),
                event("c-2000", days_before(40), event_id="4", page=f"/forward?to={MAIL.replace('@', '%40')}"),
            ]
        ),
    )
    answer = {"purpose": "email", "granted": True}
    put(store, CONSENTS, {"customer_id": ANN, **answer}, {"customer_id": "c-2000", **answer})
    put(store, IDENTITIES, claim("cookie-77", "device-9"), claim("device-9", ANN), claim("cookie-5", "c-2000"))
    put(
        store,
        QUARANTINE,
        set_aside(1, {"who": ANN, "at": "yesterday"}),
        set_aside(2, {"who": "c-10001", "at": "yesterday"}),
        set_aside(3, {"raw": f"17;{MAIL};broken"}),
        set_aside(4, f'{{"who": "{ANN}", "at'),
    )
    return store


def test_a_person_goes_from_every_table_and_everybody_else_stays(shop):
    person = find_person(shop, ANN)
    assert person.ids == {ANN, "cookie-77", "device-9"}
    assert person.contacts == {MAIL, "+44 20 7946 0001"}
    assert erase(shop, person) == {
        "events": 2,
        "customers": 2,
        "consents": 1,
        "identities": 2,
        "quarantine": 3,
        "events, text emptied": 1,
        "customers, text emptied": 1,
    }
    assert ids(shop, EVENTS) == ["c-10001", "c-2000"]
    assert ids(shop, CUSTOMERS) == ids(shop, CONSENTS) == ["c-2000"]
    assert ids(shop, IDENTITIES, "alias") == ["cookie-5"]
    assert ids(shop, QUARANTINE, "line") == [2]


def test_what_others_said_about_somebody_else_stays(shop):
    erase(shop, find_person(shop, ANN))
    kept = shop.engine.to_pyarrow(shop.read(EVENTS).order_by("event_id")).to_pylist()
    assert kept[0]["properties"] == '{"note": "unlike c-1000x"}'
    assert kept[1]["page"] is None


def test_no_byte_of_the_store_names_who_was_forgotten(shop):
    erase(shop, find_person(shop, ANN))
    assert names(shop.folder, "Miller", "miller", "cookie-77", "device-9", "20 7946", "207946", '"c-1000"') == []
    assert names(shop.folder, "c-10001", "c-2000", "cookie-5") != []


def test_no_byte_names_them_in_a_table_whose_log_was_summed_up(store):
    for number in range(101):
        store.append(EVENTS, arrow([event(ANN if number % 2 else "c-2000", days_before(number), event_id=str(number))]))
    DeltaTable(store.folder / "events").create_checkpoint()
    erase(store, find_person(store, ANN))
    DeltaTable(store.folder / "events").create_checkpoint()
    assert len(list((store.folder / "events" / "_delta_log").glob("*.checkpoint.parquet"))) > 1
    assert names(store.folder, ANN) == []
    assert len(ids(store, EVENTS)) == 51


def test_all_of_it_is_one_snapshot_and_a_second_time_finds_and_writes_nothing(shop):
    erase(shop, find_person(shop, ANN))
    after = shop.snapshot
    assert erase(shop, find_person(shop, ANN)) == {}
    assert shop.snapshot == after


def test_an_alias_that_others_claim_too_stays_but_not_the_claim(store):
    store.append(EVENTS, arrow([event("cookie-77", days_before(3), event_id="1")]))
    put(store, IDENTITIES, claim("cookie-77", ANN), claim("cookie-77", "c-2000", days=1))
    erase(store, find_person(store, ANN))
    assert ids(store, EVENTS) == ["cookie-77"]
    assert ids(store, IDENTITIES) == ["c-2000"]


def test_aliases_that_claim_each_other_and_then_the_person_are_the_persons(store):
    put(store, IDENTITIES, claim("a-1", "b-1"), claim("b-1", "a-1"), claim("b-1", ANN))
    assert find_person(store, ANN).ids == {ANN, "a-1", "b-1"}


def test_an_alias_behind_a_contested_one_is_nobodys_alone(store):
    put(store, IDENTITIES, claim("a-1", "b-1"), claim("b-1", ANN), claim("b-1", "c-2000"))
    assert find_person(store, ANN).ids == {ANN}


def test_an_address_that_two_people_share_is_neithers_alone(store):
    put(store, CUSTOMERS, {"customer_id": ANN, "email": MAIL}, {"customer_id": "c-2000", "email": MAIL.upper()})
    assert find_person(store, ANN).contacts == frozenset()


@pytest.mark.parametrize("row", [{"who": 12}, {"who": "12"}, {"inner": [{"id": "12"}]}, {"raw": "12,2026"}, '{"a": 12'])
def test_a_short_id_is_found_among_the_rows_set_aside(store, row):
    put(store, QUARANTINE, set_aside(1, row))
    assert erase(store, find_person(store, "12")) == {"quarantine": 1}


@pytest.mark.parametrize("row", [{"who": "123"}, {"at": "2026-12-01 12:12:12"}, {"who": "x12"}, {"12": "no"}])
def test_a_short_id_within_another_value_is_not_the_person(store, row):
    put(store, QUARANTINE, set_aside(1, row))
    assert erase(store, find_person(store, "12")) == {}


def test_who_was_forgotten_is_known_by_their_ids_and_by_nothing_that_can_be_read(shop):
    nobody = forgotten_ids(shop, pa.array([ANN, None]))
    erase(shop, find_person(shop, ANN))
    assert nobody.to_pylist() == [False, False]
    asked = pa.chunked_array([["c-2000", ANN], [None, "cookie-77", ANN]], pa.string())
    assert forgotten_ids(shop, asked).to_pylist() == [False, True, False, True, True]
    assert ANN not in (shop.folder / FILE).read_text()


def test_the_forgotten_are_found_among_the_ids_of_an_export(shop):
    erase(shop, find_person(shop, ANN))
    table = ibis.memtable({"customer_id": ["c-2000", ANN, None], "alias": ["device-9", "x", None]})
    assert sorted(forgotten_among(shop, shop.engine, table, ["customer_id", "alias"])) == [ANN, "device-9"]
    assert forgotten_among(Store(shop.folder / "none"), shop.engine, table, ["customer_id"]) == ()


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ('{"who": "c-1000"}', True),
        ('{"raw": "x;Ann.Miller@example.org"}', True),
        ('{"who": "cookie-77', True),
        ('{"who": "c-10001"}', False),
        (None, False),
    ],
)
def test_a_broken_row_of_somebody_forgotten_is_known_by_what_is_in_it(shop, row, known):
    erase(shop, find_person(shop, ANN))
    assert forgotten_rows(shop, pa.chunked_array([[row]], pa.string())).to_pylist() == [known]


def test_a_person_is_found_by_their_own_id_where_pseudonyms_rest(store):
    key = b"sixteen bytes or more"
    put(store, CUSTOMERS, {"customer_id": pseudonym(ANN, key), "email": MAIL}, {"customer_id": "else"})
    person = find_person(store, ANN, key)
    assert person.contacts == {MAIL}
    assert person.is_named(ANN)
    assert erase(store, person) == {"customers": 1}


def test_a_failure_half_way_changes_nothing(shop):
    class NoMore(Person):
        """Somebody about whom no text can be looked through, after their rows were deleted."""

        def is_mentioned(self, text):
            raise OSError(f"no room for {text}")

    person, before = find_person(shop, ANN), shop.snapshot
    with pytest.raises(OSError, match="no room"):
        erase(shop, NoMore(person.ids, person.contacts))
    assert shop.snapshot == before
    assert ids(shop, EVENTS).count(ANN) == 1
