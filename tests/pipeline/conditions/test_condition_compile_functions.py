import hashlib
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from pipeline.conditions.compile import compile_condition
from pipeline.conditions.parse import parse
from pipeline.conditions.questions import asked
from pipeline.errors import ConditionError
from pipeline.events.engine import connect

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
CUSTOMERS = pa.table(
    {
        "customer_id": ["ada", "bob", "cleo", "dan"],
        "orders": [0.0, 1.0, 3.0, None],
        "cluster": ["Hiking BOOTS", "it's größe", None, ""],
        "tags": pa.array([["boots", "sale"], ["Boots", None], None, []], pa.list_(pa.string())),
        "reachable": [True, True, False, None],
        "met_at": pa.array([NOON, NOON + timedelta(hours=6), None, NOON - timedelta(microseconds=1)]),
    },
)


def values(text: str, table: pa.Table = CUSTOMERS, moment: datetime | None = NOON) -> list[object]:
    rows = ibis.memtable(table)
    value = compile_condition(parse(text), rows, {}, moment)
    result = connect("UTC").to_pyarrow(rows.select("customer_id", value=value).order_by("customer_id"))
    return result["value"].to_pylist()


def members(text: str) -> str:
    return "".join(name[0] for name, value in zip(("ada", "bob", "cleo", "dan"), values(text), strict=True) if value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cluster contains 'boots'", "a"),
        ("cluster contains 'GRÖSSE'", ""),
        ("cluster contains 'GRÖß'", "b"),
        ("cluster contains 'it''s'", "b"),
        ("cluster contains '%'", ""),
        ("cluster not contains 'boots'", "bd"),
        ("cluster starts with 'hiking b'", "a"),
        ("cluster ends with 'OOTS'", "a"),
        ("cluster ends with 'hiking'", ""),
        ("cluster contains any ('boots', 'größe')", "ab"),
        ("cluster contains all ('boots', 'hiking')", "a"),
        ("not cluster contains all ('boots', 'größe')", "abd"),
        ("(cluster contains 'boots') is null", "c"),
        ("tags contains 'boots'", "a"),
        ("tags contains any ('Boots', 'sale')", "ab"),
        ("tags contains all ('boots', 'sale')", "a"),
        ("tags not contains 'boots'", "bd"),
        ("tags is null", "c"),
        ("(tags contains 'boots') is null", "c"),
    ],
)
def test_texts_match_whatever_their_case_and_lists_by_their_members(text: str, expected: str) -> None:
    assert members(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("percentile(orders)", [0.0, 50.0, 100.0, None]),
        ("percentile(orders, among => reachable)", [0.0, 100.0, None, None]),
        ("percentile(orders, among => orders > 1)", [None, None, 0.0, None]),
        ("percentile(orders, among => false)", [None] * 4),
        ("rank(orders)", [3.0, 2.0, 1.0, None]),
        ("rank(orders * 0)", [1.0, 1.0, 1.0, None]),
        ("rank(-orders, among => not reachable or orders = 0)", [1.0, None, 2.0, None]),
    ],
)
def test_numbers_are_compared_among_those_who_are_meant(text: str, expected: list[float | None]) -> None:
    assert values(text) == expected


def test_days_since_and_until_have_fractions_and_a_sign() -> None:
    assert values("days_since(met_at)") == [0.0, -0.25, None, 1 / 86_400_000_000]
    assert values("days_until(met_at)") == [0.0, 0.25, None, -1 / 86_400_000_000]
    assert values("days_since('2026-11-29')") == [1.5] * 4
    assert values("days_until('2026-12-01T12:00+01:00')") == [23 / 24] * 4


def test_days_need_a_moment() -> None:
    with pytest.raises(ConditionError, match=r'decided without a date, got "days_since\(met_at\)" at line 1, column 1'):
        values("days_since(met_at)", moment=None)


def test_a_bucket_is_the_hash_that_holds_customers_out() -> None:
    digits = [hashlib.md5(f"spring/{name}".encode()).hexdigest()[:8] for name in ("ada", "bob", "cleo", "dan")]  # noqa: S324 - no secret
    assert values("bucket('spring')") == [int(one, 16) / 16**8 * 100 for one in digits]


def test_buckets_are_spread_evenly_and_say_nothing_of_each_other() -> None:
    many = pa.table({"customer_id": [f"c{number}" for number in range(2000)]})
    below = [sum(bool(value) for value in values(text, many)) for text in (
        "bucket('a') < 25", "bucket('b') < 25", "bucket('a') < 25 and bucket('b') < 25", "bucket('a') between 0 and 100"
    )]  # fmt: skip
    assert below == [pytest.approx(500, abs=80), pytest.approx(500, abs=80), pytest.approx(125, abs=45), 2000]


def test_questions_are_answered_from_outside() -> None:
    rows = ibis.memtable(CUSTOMERS)
    node = parse(
        "(sum(order_placed, amount, where => price > 3) > 0 or in_segment(vip)) "
        "and last(order_placed, within => '7 days') >= '2026-11-30T12:00' and last(order_placed, category) is not null"
    )
    answer = {"sum": rows.orders, "last": rows.met_at, "InSegment": rows.reachable}
    answers = {
        question: rows.cluster if getattr(question, "field", None) == "category" else answer[said]
        for question in asked(node)
        if (said := getattr(question, "function", type(question).__name__))
    }
    found = connect("UTC").to_pyarrow(rows.filter(compile_condition(node, rows, answers)).customer_id)
    assert sorted(found.to_pylist()) == ["ada", "bob"]


@pytest.mark.parametrize(
    "text", ["in_segment(vip)", "consented('email')", "sequence(viewed, bought)", "count(viewed, within => '7 days')"]
)
def test_a_question_without_answer_is_an_error_that_says_it(text: str) -> None:
    with pytest.raises(ConditionError) as error:
        values(text)
    assert str(error.value).startswith(f'condition: expected columns only, got "{text}" at line 1, column 1')
