import csv
import gzip
import io
import json
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.errors import SegcastError
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, QUARANTINE
from pipeline.settings.sources import ColumnsSource
from pipeline.sources.ingest import ingest
from tests.pipeline.sources.hostile import (
    BAD,
    MOMENTS,
    amount,
    as_text,
    customer,
    ids,
    json_ids,
    json_values,
    moments,
    numbers,
)

NOW = datetime(2026, 8, 1, tzinfo=UTC)
SOURCE = ColumnsSource(
    format="columns",
    name="visits",
    files="visits.*",
    columns={"event_id": "id", "customer_id": "who", "occurred_at": "at", "amount": "worth"},
    constants={"event_type": "page_viewed"},
    max_rejected_share=1,
)
HEADER = ["id", "who", "at", "worth"]
GOOD = ("ann", "2026-01-31", "1.50")
FEW = settings(max_examples=12)


class Outcome:
    """What became of a file: its report, the events by id, what was set aside by line; or what was refused."""

    def __init__(self, name, content, source=SOURCE):
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            (project / name).write_bytes(content if isinstance(content, bytes) else content.encode())
            store = Store(project / "store")
            self.refusal = None
            try:
                (self.report,) = ingest(store, [source], project, NOW)
            except SegcastError as error:
                self.refusal = str(error)
            if self.refusal is not None:
                assert "\n" not in self.refusal
                assert store.snapshot.number == 0
                return
            self.events = {row["event_id"]: row for row in rows(store, EVENTS)}
            self.aside = {row["line"]: row for row in rows(store, QUARANTINE)}
            assert len(self.events) == self.report.rows_kept
            assert len(self.aside) == sum(self.report.quarantined.values())
            assert self.report.rows_read == self.report.rows_kept + self.report.duplicates + len(self.aside)

    @property
    def reasons(self):
        return {line: row["reason"] for line, row in self.aside.items()}


def rows(store, contract):
    return store.engine.to_pyarrow(store.read(contract)).cast(contract.schema).to_pylist()


def with_good(told):
    """Rows with an id and good rows before, between and after them."""
    good = [(f"good{number}", *GOOD) for number in range(len(told) + 1)]
    bad = [(f"row{number}", *row) for number, row in enumerate(told)]
    return [row for pair in zip(good, [*bad, None], strict=True) for row in pair if row is not None]


def meant(row):
    """The event that a row of texts is, BAD where it is none."""
    values = (customer(row[1]), MOMENTS.get(row[2], BAD), amount(row[3]))
    return BAD if BAD in values else values


def judge(outcome, told):
    """Every good row is there, and of the others what they say or nothing."""
    assert outcome.refusal is None
    assert outcome.report.rows_read == len(told)
    for line, row in enumerate(told, start=1):
        event = outcome.events.get(row[0])
        if event is None:
            assert line in outcome.aside
            assert row[0].startswith("row")
            # Powers of ten may be refused even where they are exact.
            assert meant(row) is BAD or "e" in row[3].lower()
        else:
            assert (event["customer_id"], event["occurred_at"], event["amount"]) == meant(row)


@FEW
@given(st.lists(st.tuples(ids, moments, numbers), min_size=20, max_size=60))
def test_every_row_of_a_csv_is_kept_as_it_says_or_set_aside(hostile):
    told = with_good([*hostile, *[(GOOD[0], at, GOOD[2]) for at in MOMENTS]])
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *told])
    judge(Outcome("visits.csv", text.getvalue()), told)


def as_record(row):
    return dict(zip(HEADER, row, strict=True))


def texts(row):
    return (row[0], as_text(row[1]), as_text(row[2]), as_text(row[3]))


def judge_records(outcome, told):
    """The same for values of JSON."""
    judge(outcome, [texts(row) for row in told])


records = st.lists(
    st.tuples(json_ids, moments, json_values),
    min_size=20,
    max_size=60,
)


@FEW
@given(records, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_every_line_of_json_is_kept_as_it_says_or_set_aside(hostile, ascii_only, end):
    told = with_good(hostile)
    lines = "".join(json.dumps(as_record(row), ensure_ascii=ascii_only) + end for row in told)
    judge_records(Outcome("visits.jsonl", lines), told)


@FEW
@given(records, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from([None, "data.visits"]))
def test_every_record_of_a_document_is_kept_as_it_says_or_set_aside(hostile, encoding, place):
    told = with_good(hostile)
    found = [as_record(row) for row in told]
    document = json.dumps(found if place is None else {"data": {"count": 1, "visits": found}}, indent=1)
    source = SOURCE.model_copy(update={"records": place, "encoding": encoding.removesuffix("-sig")})
    judge_records(Outcome("visits.json", document.encode(encoding), source), told)


@pytest.mark.parametrize(
    ("kind", "values", "kept"),
    [
        (pa.float64(), [19.99999, 0.1 + 0.2, float("nan"), float("inf"), 1e15, -0.0], {1: "0.3", 5: "0"}),
        (pa.decimal128(38, 10), [Decimal("1.00001"), Decimal("1.00010"), Decimal(10) ** 20], {1: "1.0001"}),
        (pa.int64(), [2**62, -1, 7], {2: "7"}),
        (pa.bool_(), [True, False], {}),
        (pa.string(), ["1.5", "1,5", "NaN"], {0: "1.5"}),
    ],
)
def test_no_number_of_a_parquet_file_is_rounded(kind, values, kept):
    count = len(values) + 1
    worth = pa.array([*values, None], kind)
    table = pa.table(
        {"id": [str(row) for row in range(count)], "who": ["ann"] * count, "at": [NOW] * count, "worth": worth}
    )
    content = io.BytesIO()
    pq.write_table(table, content)
    outcome = Outcome("visits.parquet", content.getvalue())
    found = {int(name): event["amount"] for name, event in outcome.events.items()}
    assert found == {count - 1: None, **{row: Decimal(text) for row, text in kept.items()}}


LINES = [
    (b'x,"never closed,2026-01-31,1', "unquoted value"),
    (b'"closed"too early,ann,2026-01-31,1', "unquoted value"),
    (b"x,ann,2026-01-31,1,2,3", "too many columns"),
    (b"x,ann", "missing columns"),
    (b"x;ann;2026-01-31;1", "missing columns"),
    (b"id,who,at,worth", "another header"),
    (b"x,\xe9,2026-01-31,1", "invalid encoding"),
    (b"x,\xff\xfe,2026-01-31,1", "invalid encoding"),
    (b"x,a\x00b,2026-01-31,1", "customer_id is nobody's"),
    (b",,,", "no customer_id"),
    (b"   ", "missing columns"),
    (b"x," + b"a" * 10_000_000 + b",2026-01-31,1", "customer_id longer than 256 characters"),
]


@settings(max_examples=5, phases=[Phase.explicit, Phase.generate])
@given(st.permutations(range(len(LINES))), st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_broken_lines_of_a_csv_are_set_aside_with_their_number_and_good_ones_survive(broken, end, mark):
    lines = [mark + ",".join(HEADER).encode()]
    expected = {}
    for number in broken:
        line, reason = LINES[number]
        lines += [f"good{number},ann,2026-01-31,1.50".encode(), line]
        expected[len(lines) - 1] = reason
    outcome = Outcome("visits.csv", end.join([*lines, b"good,ann,2026-01-31,1.50"]))
    assert outcome.reasons == expected
    assert len(outcome.events) == len(broken) + 1
    assert "never closed" in outcome.aside[lines.index(LINES[0][0])]["row"]


BROKEN_RECORDS = [
    (b'{"id": "x", ', "broken JSON"),
    (b"[1, 2]", "broken JSON"),
    (b"null", "broken JSON"),
    (b'{"id": "x"} {"id": "y"}', "broken JSON"),
    (b'{"id": "x"},', "broken JSON"),
    (b"{'id': 'x'}", "broken JSON"),
    (b'{"id": "x", "who": "\\ud83d", "at": "2026-01-31"}', "broken JSON"),
    (b'{"id": "x", "who": "\xff", "at": "2026-01-31"}', "invalid encoding"),
    (b'{"a":' * 100_000, "broken JSON"),
    (
        b'{"id": "x", "at": "2026-01-31", "who": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "customer_id is nobody's",
    ),
    (b'{"id": "x", "at": "2026-01-31", "who": "' + b"a" * 10_000_000 + b'"}', "customer_id longer than 256"),
    (b'{"id": "x", "who": NaN, "at": "2026-01-31"}', "customer_id is nobody's"),
    (b'{"id": "x", "who": "a\\u0000b", "at": "2026-01-31"}', "customer_id is nobody's"),
]


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])
@given(st.permutations(range(len(BROKEN_RECORDS))), st.booleans())
def test_broken_lines_of_json_are_set_aside_with_their_number_and_good_ones_survive(broken, compressed):
    lines, expected = [], {}
    for number in broken:
        line, reason = BROKEN_RECORDS[number]
        lines += [json.dumps(as_record((f"good{number}", *GOOD))).encode(), line]
        expected[len(lines)] = reason
    content = b"\n".join(lines)
    outcome = Outcome("visits.jsonl.gz", gzip.compress(content)) if compressed else Outcome("visits.jsonl", content)
    assert {line: reason[: len(expected[line])] for line, reason in outcome.reasons.items()} == expected
    assert len(outcome.events) == len(broken)


def test_rows_after_a_header_in_another_order_are_not_read_into_wrong_columns():
    outcome = Outcome("visits.csv", "id,who,at,worth\na,ann,2026-01-31,1\nwho,id,at,worth\nann,b,2026-01-31,1\n")
    assert set(outcome.events) == {"a"}
    assert outcome.reasons == {2: "a header in another order", 3: "after a header in another order"}


def test_an_integer_of_any_length_stays_what_it_is():
    record = '{"id": 9223372036854775809, "who": 123456789012345678901234567890, "at": "2026-01-31", "worth": 1.10}'
    for name, text in (("visits.jsonl", record), ("visits.json", f"[{record}]")):
        (event,) = Outcome(name, text).events.values()
        assert (event["event_id"], event["customer_id"]) == ("9223372036854775809", "123456789012345678901234567890")
        assert event["amount"] == Decimal("1.1")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("visits.csv", b"", "expected a header"),
        ("visits.csv", b"id,id,who,at\n1,2,ann,2026-01-31\n", "names every column of visits.csv once"),
        ("visits.csv", "id,who,at,worth\n1,ann,2026-01-31,1\n".encode("utf-16"), 'Try encoding = "utf-16"'),
        ("visits.json", b"", "expected a whole JSON document"),
        ("visits.json", b"[", "premature EOF"),
        ("visits.json", b'[{"id": "x"},', "premature EOF"),
        ("visits.json", b"[] []", "trailing garbage"),
        ("visits.json", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ("visits.json", b'[{"who": "\xff"}]', "invalid bytes in UTF8 string"),
        ("visits.json", b"{}", "not one of them can (no customer_id)"),
        ("visits.parquet", b"PAR1 and nothing else PAR1", "expected a readable file"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(name, content, sentence):
    assert sentence.lower() in Outcome(name, content).refusal.lower()


@pytest.mark.parametrize(
    ("name", "content"), [("visits.csv", "id,who,at,worth\n"), ("visits.jsonl", ""), ("visits.json", "[]")]
)
def test_a_file_without_rows_has_none(name, content):
    assert Outcome(name, content).report.rows_read == 0


VALID = {
    "visits.csv": b"id,who,at,worth\n" + b"".join(b"%d,ann,2026-01-31,1.50\n" % row for row in range(2000)),
    "visits.jsonl": b"".join(
        b'{"id": %d, "who": "ann", "at": "2026-01-31", "worth": 1.5}\n' % row for row in range(2000)
    ),
}
VALID["visits.json"] = b"[" + VALID["visits.jsonl"].strip().replace(b"\n", b",") + b"]"


@settings(max_examples=10)
@given(st.sampled_from(sorted(VALID)), st.floats(0.01, 0.99))
def test_a_truncated_archive_is_refused_whole(name, share):
    whole = gzip.compress(VALID[name])
    outcome = Outcome(f"{name}.gz", whole[: int(len(whole) * share)])
    assert outcome.refusal is not None


@settings(max_examples=30)
@given(
    st.sampled_from(
        ["visits.csv", "visits.jsonl", "visits.json", "visits.parquet", "visits.csv.gz", "visits.jsonl.gz"]
    ),
    st.one_of(
        st.binary(max_size=200), st.tuples(st.sampled_from(sorted(VALID)), st.integers(0, 3000), st.binary(max_size=5))
    ),
)
def test_bytes_of_any_kind_end_in_counts_or_in_one_sentence(name, content):
    if isinstance(content, tuple):
        valid, at, noise = content
        content = VALID[valid][:at] + noise + VALID[valid][at + len(noise) : 5000]
    Outcome(name, content)
