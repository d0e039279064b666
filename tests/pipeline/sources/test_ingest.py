import gzip
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import SourceError
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS, INGESTS, QUARANTINE
from pipeline.settings import ColumnsSource, OrderLinesSource
from pipeline.sources.ingest import ingest
from pipeline.sources.prepared import LONG_AGO

NOW = datetime(2026, 8, 1, tzinfo=UTC)
LATER = datetime(2026, 9, 1, tzinfo=UTC)

VISITS = ColumnsSource(
    format="columns",
    name="visits",
    files="visits*.csv",
    columns={"customer_id": "who", "occurred_at": "at", "amount": "worth"},
    constants={"event_type": "page_viewed"},
)
LINES = OrderLinesSource(
    format="order_lines",
    name="lines",
    files="lines*.csv",
    columns={
        "order_id": "Invoice",
        "product_id": "Code",
        "quantity": "Qty",
        "unit_price": "Price",
        "customer_id": "Customer",
        "occurred_at": "Date",
    },
    refund_prefix="C",
    product_pattern=r"^\d",
    max_rejected_share=1,
)
LINES_CSV = """Invoice,Code,Qty,Price,Customer,Date
1,100,2,5.00,ann,2026-01-05 10:00
1,200,1,2.50,ann,2026-01-05 10:01
1,100,2,5.00,ann,2026-01-05 10:00
1,POST,1,3.00,ann,2026-01-05 10:00
2,100,1,5.00,,2026-01-06 10:00
C3,100,-1,5.00,ann,2026-02-01 09:00
4,100,-1,5.00,bob,2026-02-01 09:00
5,300,1,0,bob,2026-02-01 09:00
6,100,many,5.00,bob,2026-02-01 09:00
7,100,1,5.00,bob,31/02/2026
"""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def write(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")


def rows(store, contract, *names):
    table = store.read(contract).select(*names)
    return sorted(tuple(row.values()) for row in store.engine.to_pyarrow(table).to_pylist())


def test_every_line_is_kept_set_aside_or_a_duplicate_and_counted(store, tmp_path):
    write(tmp_path, "lines.csv", LINES_CSV)
    (report,) = ingest(store, [LINES], tmp_path, NOW)
    assert report.quarantined == {
        "no customer_id": 1,
        "not a product": 1,
        "price not above zero": 1,
        "quantity not above zero": 1,
        "unreadable occurred_at": 1,
        "unreadable quantity": 1,
    }
    assert (report.rows_read, report.rows_kept, report.duplicates) == (10, 3, 1)
    assert report.rows_read == report.rows_kept + report.duplicates + sum(report.quarantined.values())


def test_lines_become_items_their_order_and_refunds_of_their_own_day(store, tmp_path):
    write(tmp_path, "lines.csv", LINES_CSV)
    ingest(store, [LINES], tmp_path, NOW)
    assert rows(store, EVENTS, "event_type", "order_id", "amount", "occurred_at") == [
        ("item_purchased", "1", Decimal("2.5000"), datetime(2026, 1, 5, 10, 1, tzinfo=UTC)),
        ("item_purchased", "1", Decimal("10.0000"), datetime(2026, 1, 5, 10, 0, tzinfo=UTC)),
        ("order_placed", "1", Decimal("12.5000"), datetime(2026, 1, 5, 10, 0, tzinfo=UTC)),
        ("order_refunded", "C3", Decimal("5.0000"), datetime(2026, 2, 1, 9, 0, tzinfo=UTC)),
    ]


def test_an_order_was_given_the_discounts_of_its_lines(store, tmp_path):
    text = "Invoice,Code,Qty,Price,Customer,Date,Off\n" + "".join(
        f"{order},{code},1,5.00,ann,2026-01-05 10:00,{off}\n"
        for order, code, off in (("1", 1, ".5"), ("1", 2, "0"), ("2", 3, ""))
    )
    write(tmp_path, "lines.csv", text)
    ingest(store, [LINES.model_copy(update={"columns": {**LINES.columns, "discount": "Off"}})], tmp_path, NOW)
    orders = [row[1:] for row in rows(store, EVENTS, "event_type", "order_id", "discount") if row[0] == "order_placed"]
    assert orders == [("1", Decimal("0.5000")), ("2", None)]


def test_what_is_set_aside_keeps_its_line_its_reason_and_itself(store, tmp_path):
    write(tmp_path, "lines.csv", LINES_CSV)
    ingest(store, [LINES], tmp_path, NOW)
    line, reason, row = rows(store, QUARANTINE, "line", "reason", "row")[0]
    assert (line, reason) == (4, "not a product")
    assert '"Code":"POST"' in row


def test_the_same_file_twice_changes_nothing(store, tmp_path):
    write(tmp_path, "lines.csv", LINES_CSV)
    ingest(store, [LINES], tmp_path, NOW)
    before = store.snapshot
    (report,) = ingest(store, [LINES], tmp_path, LATER)
    assert report.known
    assert store.snapshot == before


def test_a_longer_export_adds_only_what_is_new(store, tmp_path):
    write(tmp_path, "visits.csv", "who,at,worth\nann,2026-01-01,1\n")
    ingest(store, [VISITS], tmp_path, NOW)
    write(tmp_path, "visits.csv", "who,at,worth\nann,2026-01-01,1\nbob,2026-01-02,1\n")
    (report,) = ingest(store, [VISITS], tmp_path, LATER)
    assert (report.rows_kept, report.duplicates) == (1, 1)
    assert rows(store, EVENTS, "customer_id") == [("ann",), ("bob",)]


def test_a_reader_sees_nothing_of_an_ingest_that_was_killed_and_the_next_one_starts_from_before_it(store, tmp_path):
    write(tmp_path, "visits.csv", "who,at,worth\nann,2026-01-01,1\nbob,bad,1\n")
    ingest(store, [VISITS], tmp_path, NOW)
    (store.folder / "snapshots" / "000000001.json").unlink()  # killed just before the snapshot was recorded
    again = Store(tmp_path / "store")
    assert rows(again, EVENTS, "event_id") == []
    (report,) = ingest(again, [VISITS], tmp_path, NOW)
    assert (report.rows_written, report.quarantined) == (1, {"unreadable occurred_at": 1})
    assert len(rows(again, EVENTS, "event_id")) == 1
    assert len(rows(again, QUARANTINE, "line")) == 1


def test_a_first_load_was_known_when_it_occurred_and_later_ones_when_ingested(store, tmp_path):
    write(tmp_path, "visits1.csv", "who,at,worth\nann,2026-01-01,1\n")
    ingest(store, [VISITS], tmp_path, NOW)
    write(tmp_path, "visits2.csv", "who,at,worth\nbob,2026-01-02,1\n")
    ingest(store, [VISITS], tmp_path, LATER)
    assert rows(store, EVENTS, "customer_id", "received_at") == [
        ("ann", datetime(2026, 1, 1, tzinfo=UTC)),
        ("bob", LATER),
    ]


def test_a_later_load_counts_from_a_moment_before_it_was_read_and_never_before_it_occurred(store, tmp_path):
    write(tmp_path, "visits1.csv", "who,at,worth\nann,2026-01-01,1\n")
    ingest(store, [VISITS], tmp_path, NOW)
    write(tmp_path, "visits2.csv", "who,at,worth\nbob,2026-01-02,1\ncat,2026-08-31 12:00,1\ndan,2026-09-01 12:00,1\n")
    midnight = datetime(2026, 8, 31, tzinfo=UTC)
    ingest(store, [VISITS], tmp_path, LATER, known_at=midnight)
    assert rows(store, EVENTS, "customer_id", "received_at")[1:] == [
        ("bob", midnight),
        ("cat", midnight.replace(hour=12)),
        ("dan", LATER),  # of the future: whatever its clock says, it was there when it was read
    ]
    assert set(rows(store, INGESTS, "ingested_at")) == {(NOW,), (LATER,)}


def test_settings_that_were_mended_read_a_file_of_the_first_load_again_as_the_first_load(store, tmp_path):
    write(tmp_path, "visits.csv", "who,at,worth\nann,2026-01-01,1\nbob,02.01.2026,1\n")
    ingest(store, [VISITS], tmp_path, NOW)
    (report,) = ingest(store, [VISITS.model_copy(update={"time_format": "%d.%m.%Y"})], tmp_path, LATER)
    assert (report.rows_written, report.duplicates) == (1, 0)
    assert rows(store, EVENTS, "customer_id", "received_at") == [
        ("ann", datetime(2026, 1, 1, tzinfo=UTC)),
        ("bob", datetime(2026, 1, 2, tzinfo=UTC)),
    ]
    assert rows(store, QUARANTINE, "line", "reason") == [(1, "unreadable occurred_at")]


def test_customers_of_a_first_load_were_always_known(store, tmp_path):
    write(tmp_path, "people.csv", "id,mail\nann,ann@example.com\n")
    people = ColumnsSource(
        format="columns",
        name="people",
        files="people.csv",
        table="customers",
        columns={"customer_id": "id", "email": "mail"},
    )
    ingest(store, [people], tmp_path, NOW)
    assert rows(store, CUSTOMERS, "customer_id", "email", "received_at") == [("ann", "ann@example.com", LONG_AGO)]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-07-01 00:30", datetime(2026, 6, 30, 23, 30, tzinfo=UTC)),
        ("2026-07-01T00:30:00Z", datetime(2026, 7, 1, 0, 30, tzinfo=UTC)),
        ("2026-07-01 00:30:00.000001+02", datetime(2026, 6, 30, 22, 30, 0, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_without_an_offset_is_the_shops_own_time(tmp_path, text, instant):
    store = Store(tmp_path / "store", "Europe/London")
    write(tmp_path, "visits.csv", f"who,at,worth\nann,{text},1\n")
    ingest(store, [VISITS], tmp_path, NOW)
    assert rows(store, EVENTS, "occurred_at") == [(instant,)]


def test_dates_in_a_format_of_their_own_are_read_by_it(store, tmp_path):
    write(tmp_path, "visits.csv", "who,at,worth\nann,31/12/25,1\nbob,2025-12-31,1\n")
    (report,) = ingest(store, [VISITS.model_copy(update={"time_format": "%d/%m/%y"})], tmp_path, NOW)
    assert rows(store, EVENTS, "occurred_at") == [(datetime(2025, 12, 31, tzinfo=UTC),)]
    assert report.quarantined == {"unreadable occurred_at": 1}


def test_parquet_is_read_like_csv_whatever_its_types(store, tmp_path):
    table = pa.table({"who": pa.array([13085]), "at": [datetime(2026, 1, 1)], "worth": [6.95]})  # noqa: DTZ001
    pq.write_table(table, tmp_path / "visits.parquet")
    ingest(store, [VISITS.model_copy(update={"files": ("visits.parquet",)})], tmp_path, NOW)
    assert rows(store, EVENTS, "customer_id", "amount") == [("13085", Decimal("6.9500"))]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (VISITS.model_copy(update={"files": ("none*.csv",)}), 'expected a file matching "none*.csv"'),
        (
            VISITS.model_copy(update={"columns": {**VISITS.columns, "amount": "wort"}}),
            'expected a column "wort" for amount, got who, at, worth. Did you mean "worth"?',
        ),
        (
            VISITS.model_copy(update={"columns": {**VISITS.columns, "amout": "worth"}}),
            'there is no field "amout". Did you mean "amount"?',
        ),
        (VISITS.model_copy(update={"constants": {}}), 'expected a column for "event_type"'),
        (VISITS.model_copy(update={"files": ("visits.xls",)}), "in one of them and .gz, got visits.xls"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_sentence_and_nothing_is_written(store, tmp_path, source, sentence):
    write(tmp_path, "visits.csv", "who,at,worth\nann,2026-01-01,1\n")
    write(tmp_path, "visits.xls", "who,at,worth\nann,2026-01-01,1\n")
    with pytest.raises(SourceError) as caught:
        ingest(store, [VISITS, source], tmp_path, NOW)
    assert sentence in str(caught.value)
    assert store.snapshot.number == 0


def test_a_file_of_which_no_row_can_be_kept_is_a_mistake_in_the_settings(store, tmp_path):
    write(tmp_path, "visits.csv", "who,at,worth\nann,31.12.25,1\nbob,30.12.25,1\n")
    with pytest.raises(SourceError, match=r"got 2 in visits.csv and not one of them can \(unreadable occurred_at\)"):
        ingest(store, [VISITS], tmp_path, NOW)
    assert store.snapshot.number == 0


@pytest.mark.parametrize("name", ["visits.csv", "visits.parquet", "visits.csv.gz"])
def test_a_file_that_is_not_what_its_name_says_is_one_sentence(store, tmp_path, name):
    (tmp_path / name).write_bytes(b"\x1f\x8b\x00\xff not a table \x00\xfe" * 50)
    with pytest.raises(SourceError) as caught:
        ingest(store, [VISITS.model_copy(update={"files": (name,)})], tmp_path, NOW)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert store.snapshot.number == 0


def test_an_empty_file_is_one_sentence(store, tmp_path):
    write(tmp_path, "visits.csv", "")
    with pytest.raises(SourceError):
        ingest(store, [VISITS], tmp_path, NOW)


def test_a_compressed_file_is_read_as_it_is(store, tmp_path):
    (tmp_path / "visits.csv.gz").write_bytes(gzip.compress(b"who,at,worth\nann,2026-01-01,1\n"))
    (report,) = ingest(store, [VISITS.model_copy(update={"files": ("visits.csv.gz",)})], tmp_path, NOW)
    assert report.rows_kept == 1
