import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from pipeline.errors import SourceError
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS, INGESTS, QUARANTINE
from pipeline.settings import load_settings
from pipeline.settings.sources import SqlSource
from pipeline.sources.ingest import ingest
from pipeline.sources.spelled import spell
from pipeline.sources.sql import fetch
from tests.postgres import PASSWORD, server

NOW = datetime(2026, 8, 1, tzinfo=UTC)
LATER = datetime(2026, 9, 1, tzinfo=UTC)

ORDERS = SqlSource(
    format="sql",
    name="orders",
    url="sqlite:///shop.db",
    from_table="orders",
    columns={"event_id": "id", "customer_id": "user_id", "occurred_at": "placed_at", "amount": "total"},
    constants={"event_type": "order_placed"},
)
GROWING = ORDERS.model_copy(update={"cursor": "id"})


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def shop(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("create table orders (id integer, user_id text, placed_at text, total numeric, secret text)")
    add(shop, (1, "ann", "2026-01-01 10:00", 19.99), (2, "bob", "2026-01-02 11:00", 5))
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def postgres():
    with server() as url:
        yield create_engine(url, poolclass=NullPool)


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)


def add(shop, *orders):
    with shop:
        shop.executemany("insert into orders values (?, ?, ?, ?, 'not asked for')", orders)


def rows(store, contract, *names):
    table = store.read(contract).select(*names)
    return sorted(tuple(row.values()) for row in store.engine.to_pyarrow(table).to_pylist())


def on_postgres(engine, **changes):
    url = f"postgresql://shop:${{SHOP_PASSWORD}}@127.0.0.1:{engine.url.port}/postgres"
    return ORDERS.model_copy(update={"url": url, **changes})


def test_a_table_becomes_events_and_no_column_is_read_that_is_not_named(store, tmp_path, shop):
    add(shop, (3, None, "2026-01-03", 1), (4, "dan", "soon", 1))
    (report,) = ingest(store, [ORDERS], tmp_path, NOW)
    assert (report.file, report.rows_read, report.rows_kept, report.duplicates) == ("orders", 4, 2, 0)
    assert report.quarantined == {"no customer_id": 1, "unreadable occurred_at": 1}
    assert rows(store, EVENTS, "event_id", "customer_id", "occurred_at", "amount") == [
        ("1", "ann", datetime(2026, 1, 1, 10, tzinfo=UTC), Decimal("19.9900")),
        ("2", "bob", datetime(2026, 1, 2, 11, tzinfo=UTC), Decimal("5.0000")),
    ]
    aside = rows(store, QUARANTINE, "line", "reason", "row")
    assert [row[:2] for row in aside] == [(3, "no customer_id"), (4, "unreadable occurred_at")]
    assert '"placed_at":"soon"' in aside[1][2]
    assert not any("not asked for" in row for _, _, row in aside)


def test_the_same_table_twice_changes_nothing_and_a_longer_one_adds_what_is_new(store, tmp_path, shop):
    ingest(store, [ORDERS], tmp_path, NOW)
    before = store.snapshot
    (report,) = ingest(store, [ORDERS], tmp_path, LATER)
    assert report.known
    assert store.snapshot == before
    add(shop, (3, "cyd", "2026-08-03", 1))
    (report,) = ingest(store, [ORDERS], tmp_path, LATER)
    assert (report.rows_read, report.rows_kept, report.duplicates) == (3, 1, 2)
    assert rows(store, EVENTS, "event_id", "received_at")[2] == ("3", LATER)


def test_with_a_cursor_reading_goes_on_at_the_last_value_and_loses_no_row_of_it(store, tmp_path, shop):
    ingest(store, [GROWING], tmp_path, NOW)
    add(shop, (2, "eve", "2026-01-02 12:00", 7), (10, "cyd", "2026-01-03", 1), (None, "fay", "2026-01-04", 2))
    (report,) = ingest(store, [GROWING.model_copy()], tmp_path, LATER)
    assert report.rows_read == 4  # bob again, eve at the same value, cyd beyond it, fay without one
    (report,) = ingest(store, [GROWING], tmp_path, LATER)
    assert (report.rows_read, report.rows_kept, report.duplicates) == (2, 0, 2)  # cyd and fay again
    assert sorted(cursor for (cursor,) in rows(store, INGESTS, "cursor")) == ["10", "10", "2"]


def test_rows_at_the_same_value_that_came_later_are_kept(store, tmp_path, shop):
    by_day = GROWING.model_copy(update={"cursor": "placed_at"})
    ingest(store, [by_day], tmp_path, NOW)
    add(shop, (3, "cyd", "2026-01-02 11:00", 1))
    (report,) = ingest(store, [by_day], tmp_path, LATER)
    assert (report.rows_read, report.rows_kept, report.duplicates) == (2, 1, 1)


def test_a_bad_row_at_the_end_does_not_stop_the_next_reading(store, tmp_path, shop):
    add(shop, (3, None, "2026-01-03", 1))
    ingest(store, [GROWING], tmp_path, NOW)
    (report,) = ingest(store, [GROWING], tmp_path, LATER)
    assert (report.rows_read, report.quarantined) == (1, {"no customer_id": 1})
    add(shop, *[(number, None, "2026-01-03", 1) for number in range(4, 9)])
    with pytest.raises(SourceError, match="not one of them can"):
        ingest(store, [GROWING], tmp_path, LATER)


def test_other_settings_read_from_the_beginning(store, tmp_path, shop):
    add(shop, (3, "cyd", "03.01.2026", 1))
    ingest(store, [GROWING], tmp_path, NOW)
    add(shop, (4, "dan", "04.01.2026", 1))
    mended = GROWING.model_copy(update={"time_format": "%d.%m.%Y"})
    (report,) = ingest(store, [mended], tmp_path, LATER)
    assert (report.rows_read, report.rows_kept) == (4, 2)


@pytest.mark.parametrize("cursor", [None, "id"])
@pytest.mark.usefixtures("shop")
def test_a_query_is_the_shops_own_text(store, tmp_path, cursor):
    query = """with paid as (select * from orders where total > 5 and user_id like '%n%' and placed_at like '%:00')
        select id, user_id, placed_at, total, '{"at":now}' as said from paid order by id;"""
    asked = ORDERS.model_copy(
        update={"from_table": None, "query": query, "cursor": cursor, "columns": {**ORDERS.columns, "page": "said"}}
    )
    (report,) = ingest(store, [asked], tmp_path, NOW)
    assert report.file == "query"
    assert rows(store, EVENTS, "customer_id", "page") == [("ann", '{"at":now}')]


def test_a_query_changes_nothing_in_the_database(store, tmp_path, shop):
    asked = ORDERS.model_copy(update={"from_table": None, "query": "delete from orders returning *"})
    with pytest.raises(SourceError, match="syntax error"):
        ingest(store, [asked], tmp_path, NOW)
    assert shop.execute("select count(*) from orders").fetchone() == (2,)


def test_a_table_of_customers_fills_the_customers_table(store, tmp_path, shop):
    with shop:
        shop.execute("create view people as select 'ann' as id, 'ann@example.com' as mail")
    people = ORDERS.model_copy(
        update={
            "from_table": "people",
            "table": "customers",
            "constants": {},
            "columns": {"customer_id": "id", "email": "mail"},
        }
    )
    ingest(store, [people], tmp_path, NOW)
    assert rows(store, CUSTOMERS, "customer_id", "email") == [("ann", "ann@example.com")]


@pytest.mark.usefixtures("shop")
def test_a_settings_file_of_a_few_lines_is_enough(store, tmp_path):
    (tmp_path / "segcast.toml").write_text(
        """[shop]
name = "Shop"
currency = "EUR"
time_zone = "Europe/Berlin"

[[sources]]
name = "orders"
format = "sql"
url = "sqlite:///shop.db"
from_table = "orders"
cursor = "id"
columns = { event_id = "id", customer_id = "user_id", occurred_at = "placed_at", amount = "total" }
constants = { event_type = "order_placed" }
""",
        encoding="utf-8",
    )
    (report,) = ingest(store, load_settings(tmp_path).sources, tmp_path, NOW)
    assert report.rows_kept == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"from_table": "order"}, 'expected a table "order" in the database, found none. Did you mean "orders"?'),
        (
            {"columns": {**ORDERS.columns, "amount": "totl"}},
            'expected a column "totl", got id, user_id, placed_at, total, secret. Did you mean "total"?',
        ),
        ({"cursor": "idd"}, 'expected a column "idd"'),
        ({"columns": {**ORDERS.columns, "amout": "total"}}, 'there is no field "amout". Did you mean "amount"?'),
        ({"columns": {}}, "expected columns, and either a query or from_table"),
        ({"query": "select 1"}, "either a query or from_table"),
        ({"from_table": None, "query": "select id from order_"}, "no such table: order_"),
        ({"from_table": None, "query": "selec 1"}, "syntax error"),
        ({"url": "sqlite:///shopp.db"}, "expected a SQLite database in "),
        ({"url": "sqlite:///${SHOP_DATABSE}"}, "expected the environment variable SHOP_DATABSE"),
        ({"url": "postgres:secret-word"}, "expected a url such as postgresql://user:"),
        ({"url": "postgresql://shop:secret-word@127.0.0.1:1/shop"}, "expected an answer from the postgresql database"),
        ({"url": "mysql://shop:secret-word@127.0.0.1/shop"}, 'expected a driver for "mysql", found none'),
        ({"url": "oracel://shop:secret-word@127.0.0.1/shop"}, 'expected a driver for "oracel", found none'),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_cannot_be_read_is_one_sentence_without_a_password_and_nothing_is_written(
    store, tmp_path, changes, sentence
):
    with pytest.raises(SourceError) as caught:
        ingest(store, [ORDERS.model_copy(update=changes)], tmp_path, NOW)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret-word" not in str(caught.value)
    assert store.snapshot.number == 0


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (None, None),
        (2**63 + 1, "9223372036854775809"),
        (True, "true"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00000001"), "0.00000001"),
        (1e-7, "0.0000001"),
        (float("nan"), "NaN"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-01-01 00:00:00+02:00"),
        (datetime(2026, 1, 1, 1, 2, 3, 4), "2026-01-01 01:02:03.000004"),  # noqa: DTZ001
        ({"a": ["ä", 1]}, '{"a": ["ä", 1]}'),
        (b"ab\xff", "\\x6162ff"),
    ],
)
def test_a_value_is_spelled_as_what_it_is(value, spelled):
    assert spell(value) == spelled


@pytest.mark.usefixtures("password")
def test_postgres_values_come_exactly_as_they_are(store, tmp_path, postgres):
    with postgres.begin() as shop:
        shop.execute(text("create schema sales"))
        shop.execute(
            text(
                "create table sales.orders"
                ' (id bigint, user_id text, "Placed At" timestamptz, total numeric, said jsonb)'
            )
        )
        shop.execute(
            text(
                "insert into sales.orders values"
                " (9223372036854775807, 'ann', '2026-01-01 10:00:00.000001+05', 99999999999999.9999, '{\"a\"\\:1}'),"
                " (2, 'Zoë\u00a0😀', '2026-01-01 10:00+00', 0.10, null),"
                " (3, 'cyd', '2026-01-01 10:00+00', 'NaN', null),"
                " (4, 'dan', '0044-03-15 10:00+00', 1, null)"
            )
        )
    source = on_postgres(
        postgres,
        from_table="sales.orders",
        columns={**ORDERS.columns, "occurred_at": "Placed At", "properties": "said"},
    )
    (report,) = ingest(store, [source], tmp_path, NOW)
    assert report.quarantined == {"occurred_at before 1990": 1, "unreadable amount": 1}
    assert rows(store, EVENTS, "event_id", "customer_id", "occurred_at", "amount", "properties") == [
        ("2", "Zoë\u00a0😀", datetime(2026, 1, 1, 10, tzinfo=UTC), Decimal("0.1000"), None),
        (
            "9223372036854775807",
            "ann",
            datetime(2026, 1, 1, 5, 0, 0, 1, tzinfo=UTC),
            Decimal("99999999999999.9999"),
            '{"a": 1}',
        ),
    ]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("timestamptz", ["2026-03-29 00:30+00", "2026-03-29 01:30+00", "2026-03-29 02:30:00.000001+00"]),
        ("timestamp", ["2026-10-25 01:30", "2026-10-25 02:30", "2026-10-25 02:30:00.000001"]),
        ("date", ["2025-12-31", "2026-01-01", "2026-01-02"]),
        ("bigint", ["9", "10", "100"]),
        ("numeric", ["9.5", "10", "1e3"]),
        ("text", ["a", "b", "c"]),
    ],
)
@pytest.mark.usefixtures("password")
def test_a_cursor_of_any_type_goes_on_where_it_was(tmp_path, postgres, kind, values):
    source = on_postgres(postgres, from_table=f"grown_{kind}", cursor="at")
    with postgres.begin() as shop:
        shop.execute(text(f"create table grown_{kind} (id int, user_id text, placed_at date, total int, at {kind})"))
    since, seen = None, []
    for number, value in enumerate(values):
        with postgres.begin() as shop:
            shop.execute(text(f"insert into grown_{kind} values ({number}, 'ann', '2026-01-01', 1, '{value}')"))  # noqa: S608
        since = fetch(source, tmp_path, tmp_path / "rows.parquet", since).cursor
        seen.append(pq.read_table(tmp_path / "rows.parquet")["id"].to_pylist())
    assert seen == [["0"], ["0", "1"], ["1", "2"]]


@pytest.mark.usefixtures("password")
def test_a_query_to_postgres_is_the_shops_own_text_and_changes_nothing(store, tmp_path, postgres):
    with postgres.begin() as shop:
        shop.execute(text("create sequence numbers"))
        shop.execute(text("create table asked (id int, said text)"))
        shop.execute(text("insert into asked values (1, '10%'), (2, 'b')"))
    query = """select id, said as user_id, '2026-01-01'::timestamptz as placed_at, 1 as total
        from asked where said like '%\\%'"""
    asked = on_postgres(postgres, from_table=None, query=query)
    ingest(store, [asked], tmp_path, NOW)
    assert rows(store, EVENTS, "customer_id") == [("10%",)]
    with pytest.raises(SourceError, match="read-only transaction"):
        ingest(store, [asked.model_copy(update={"query": "select nextval('numbers') as id"})], tmp_path, NOW)


def test_a_wrong_password_is_one_sentence_that_does_not_tell_it(store, tmp_path, postgres, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "wr0ng/word")
    with pytest.raises(SourceError) as caught:
        ingest(store, [on_postgres(postgres)], tmp_path, NOW)
    assert "password authentication failed" in str(caught.value)
    assert "wr0ng" not in str(caught.value)
    assert "\n" not in str(caught.value)


MEASURE = """
import resource, sys
from pathlib import Path
from pipeline.settings.sources import SqlSource
from pipeline.sources.sql import fetch

counted = f"select 1 union all select i + 1 from n where i < {sys.argv[1]}"
query = f"with recursive n(i) as ({counted}) select i, 'x' || i as x from n"
source = SqlSource(format="sql", name="n", url="sqlite://", query=query, columns={"event_id": "i", "page": "x"})
fetch(source, Path(), Path(sys.argv[2]), None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_the_table(tmp_path):
    few, many = (
        int(subprocess.check_output([sys.executable, "-c", MEASURE, str(count), str(tmp_path / "rows.parquet")]))
        for count in (30_000, 300_000)
    )
    assert many < few + 50  # MiB; the rows as Python objects take more
