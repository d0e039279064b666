import csv
import gzip
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.person import Person
from pipeline.events.pseudonyms import pseudonym
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS
from pipeline.settings.sources import ColumnsSource, SqlSource
from pipeline.sources.erase import erase_from_files
from pipeline.sources.erase_text import Layout, erase_rows
from pipeline.sources.files import digest_of_file

ANN = Person(frozenset({"c-1000", "cookie-77"}), frozenset({"ann.miller@example.org"}))
TWELVE = Person(frozenset({"12"}))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def source(files, **words):
    columns = {"customer_id": "who", "occurred_at": "at"}
    return ColumnsSource(**{"format": "columns", "name": "orders", "files": files, "columns": columns} | words)


def erased(store, person, *sources):
    return erase_from_files(store, sources, store.folder.parent, person)


def put(store, name, content):
    path = store.folder.parent / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def content(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_rows_of_the_person_go_and_the_others_stay_byte_by_byte(store, name, end):
    kept = [
        b'who,"at",note',
        b'c-10001, 2026-01-01 ,"said ""c-1000x"""',
        b"c-2000,2026-01-01,\xff\xfe not utf-8",
        b'"c-2000",2026-01-02,"two' + end + b'lines"',
        b"",
    ]
    gone = [
        b"c-1000,2026-01-01,x",
        b'" c-1000 ",2026-01-01,"one' + end + b'two"',
        b"c-2000,2026-01-01,ANN.Miller@example.org",
        b"cookie-77,2026-01-01,",
    ]
    rows = [kept[0], gone[0], kept[1], gone[1], kept[2], gone[2], kept[3], gone[3], kept[4]]
    path = put(store, name, end.join(rows))
    assert erased(store, ANN, source(name)).rows == {name: 4}
    assert content(path) == end.join(kept)


def test_a_short_id_counts_only_where_ids_are_kept(store):
    path = put(store, "orders.csv", b"who,at,pieces,user_id\n12,a,1,\n123,b,12,\n7,12,2,x\n8,c,3,12\n")
    assert erased(store, TWELVE, source("orders.csv")).rows == {"orders.csv": 2}
    assert path.read_bytes() == b"who,at,pieces,user_id\n123,b,12,\n7,12,2,x\n"


def test_a_file_that_does_not_name_the_person_is_not_touched(store):
    path = put(store, "orders.csv", b"who,at\nc-10001,2026-01-01\n")
    before = path.stat()
    assert erased(store, ANN, source("orders.csv")).rows == {}
    assert path.stat() == before


def test_a_stray_quote_takes_nobody_elses_rows_along(store):
    rows = [f"c-2000,{number}" for number in range(200)]
    rows[3], rows[100] = 'c-2000,5" disk', "c-1000,1"
    path = put(store, "orders.csv", "\n".join(["who,at", *rows]).encode())
    assert erased(store, ANN, source("orders.csv")).rows == {"orders.csv": 1}
    assert path.read_text().splitlines() == ["who,at", *rows[:100], *rows[101:]]


def test_json_lines_lose_the_lines_that_name_the_person_anywhere(store):
    kept = [{"who": "c-2000", "pieces": 12}, {"who": "c-10001"}, {"customer": {"orders": 12}}]
    gone = [
        {"who": "c-1000"},
        {"context": {"traits": [{"email": "Ann.Miller@example.org"}]}},
        {"raw": '{"a": "c-1000"}'},
    ]
    broken = b'{"who": "c-1000", "at'
    lines = [json.dumps(row).encode() for pair in zip(kept, gone, strict=True) for row in pair]
    path = put(store, "orders.jsonl", b"\n".join([*lines, broken, b""]))
    assert erased(store, ANN, source("orders.jsonl")).rows == {"orders.jsonl": 4}
    assert [json.loads(line) for line in path.read_text().splitlines()] == kept


def test_json_lines_name_a_short_id_only_where_ids_are_kept(store):
    rows = [{"customer": {"id": 12}}, {"customer": {"id": 123, "orders": 12}}, {"id": 12}]
    path = put(store, "orders.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())
    assert erased(store, TWELVE, source("orders.jsonl")).rows == {"orders.jsonl": 1}
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows[1:]


def test_parquet_loses_rows_however_deep_they_name_the_person_and_keeps_its_schema(store):
    rows = [
        {"who": "c-2000", "n": 12, "params": [{"key": "a", "value": {"text": "x"}}]},
        {"who": "c-1000", "n": 1, "params": []},
        {
            "who": "c-2000",
            "n": 2,
            "params": [{"key": "a", "value": None}, {"key": "b", "value": {"text": "cookie-77"}}],
        },
        {"who": None, "n": None, "params": None},
        {"who": '{"mail": "ann.miller@example.org"}', "n": 3, "params": None},
        {"who": "c-10001", "n": 4, "params": [None]},
    ]
    value = pa.struct([("text", pa.large_string())])
    params = pa.list_(pa.struct([("key", pa.dictionary(pa.int32(), pa.string())), ("value", value)]))
    schema = pa.schema([("who", pa.string()), ("n", pa.int32()), ("params", params)], {"made": "by hand"})
    path = store.folder.parent / "orders.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression={"who": "gzip", "n": "snappy"})
    schema = pq.read_schema(path)
    assert erased(store, ANN, source("orders.parquet")).rows == {"orders.parquet": 3}
    with pq.ParquetFile(path) as file:
        assert file.read().to_pylist() == [rows[0], rows[3], rows[5]]
        assert file.schema_arrow.equals(schema, check_metadata=True)
        assert [file.metadata.row_group(0).column(place).compression for place in (0, 1)] == ["GZIP", "SNAPPY"]


def test_parquet_names_a_number_only_where_ids_are_kept(store):
    table = pa.table({"who": [12, 123, 7], "pieces": [1, 12, 12], "user_id": [None, 12.0, 1.5]})
    pq.write_table(table, store.folder.parent / "orders.parquet")
    assert erased(store, TWELVE, source("orders.parquet")).rows == {"orders.parquet": 2}


def test_a_line_that_a_pattern_takes_apart_goes_when_a_group_names_the_person(store):
    path = put(store, "orders.txt", b" 12 19970101 3\n 13 19970101 12\n 123 12 1\n")
    pattern = r"(?P<who>\d+) (?P<at>\d+) (?P<pieces>\d+)"
    assert erased(store, TWELVE, source("orders.txt", pattern=pattern)).rows == {"orders.txt": 1}
    assert path.read_bytes() == b" 13 19970101 12\n 123 12 1\n"


@pytest.mark.parametrize(("encoding", "name"), [("utf-16", "utf-16"), ("latin-1", "latin-1")])
def test_other_encodings_are_read_and_kept(store, encoding, name):
    zoe = Person(frozenset({"zo\xeb-2000"}))
    path = put(store, "orders.csv", "who;at\nzo\xeb-2000;1\nan\xef-1;2\n".encode(encoding))
    assert erased(store, zoe, source("orders.csv", encoding=name)).rows == {"orders.csv": 1}
    assert path.read_bytes() == "who;at\nan\xef-1;2\n".encode(encoding)


def test_documents_broken_files_and_what_lies_elsewhere_are_left_alone_and_named(store, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "far.csv"
    elsewhere.write_bytes(b"who,at\nc-1000,1\n")
    (store.folder.parent / "linked.csv").symlink_to(elsewhere)
    put(store, "named.json", b'{"orders": [{"who": "c-1000"}]}')
    put(store, "other.json", b'{"orders": [{"who": "c-10001"}]}')
    whole = gzip.compress(b"who,at\nc-1000,1\n")
    (store.folder.parent / "cut.csv.gz").write_bytes(whole[:-4])
    database = SqlSource(format="sql", name="till", url="sqlite://", from_table="orders")
    found = erased(store, ANN, source(["*.json", "*.csv", "*.gz", str(elsewhere)]), source("gone/*.csv"), database)
    assert found.rows == {}
    names = {"the database of source till", "named.json", "cut.csv.gz", str(store.folder.parent / "linked.csv")}
    assert set(found.still) == names | {str(elsewhere)}
    assert elsewhere.read_bytes() == b"who,at\nc-1000,1\n"
    assert list(store.folder.parent.glob(".*")) == []


def test_a_file_that_mentions_the_person_within_longer_text_is_named(store):
    put(store, "orders.csv", b"who,at,note\nc-1000,1,\nc-2000,2,wrote to ann.miller@example.org\n")
    found = erased(store, ANN, source("orders.csv"))
    assert (found.rows, found.still) == ({"orders.csv": 1}, ("orders.csv",))


def test_ids_are_found_by_their_pseudonyms(store):
    key = b"sixteen bytes or more"
    person = Person(frozenset({pseudonym("c-1000", key), pseudonym("77", key)}), frozenset(), key)
    path = put(store, "orders.csv", b"who,at\nc-1000,1\nc-2000,77\n77,3\n")
    assert erased(store, person, source("orders.csv")).rows == {"orders.csv": 2}
    assert path.read_bytes() == b"who,at\nc-2000,77\n"


def ingest_of(path, name="orders"):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = {one.name: 3 for one in INGESTS.fields if pa.types.is_integer(one.type)}
    texts = {"source": name, "file": path.name, "digest": digest_of_file(path), "settings": "s"}
    return {**dict.fromkeys(INGESTS.columns), **numbers, **texts, "ingested_at": moment}


def test_the_rewritten_file_is_known_in_place_of_the_old_one(store):
    path = put(store, "orders.csv", b"who,at\nc-1000,1\nc-2000,2\n")
    other = put(store, "other.csv", b"who,at\nc-3000,1\n")
    before = [ingest_of(path), ingest_of(other), ingest_of(path, "again")]
    store.append(INGESTS, pa.Table.from_pylist(before, schema=INGESTS.schema))
    erased(store, ANN, source("*.csv"), source("orders.csv", name="again"))
    after = store.engine.to_pyarrow(store.read(INGESTS)).cast(INGESTS.schema).to_pylist()
    expected = [ingest_of(path), ingest_of(other), ingest_of(path, "again")]
    assert sorted(after, key=str) == sorted(expected, key=str)
    assert before != expected


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6) | st.just("c-1000")


@given(rows=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8))
def test_any_csv_keeps_every_row_that_does_not_name_the_person(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    path, out = folder / "in.csv", folder / "out.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["who", "at", "note"], *rows])
    removed = erase_rows(path, out, ANN, Layout())
    with out.open(encoding="utf-8", newline="") as file:
        kept = list(csv.reader(file))[1:]
    assert kept == [row for row in rows if "c-1000" not in [cell.strip() for cell in row]]
    assert removed == len(rows) - len(kept)
