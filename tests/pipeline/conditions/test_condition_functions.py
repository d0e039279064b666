from datetime import UTC, datetime, timedelta

import pytest

from pipeline.conditions.nodes import (
    All,
    Bucket,
    Column,
    Comparison,
    DaysSince,
    DaysUntil,
    Matches,
    Node,
    Not,
    Percentile,
    Rank,
    Value,
    columns,
)
from pipeline.conditions.parse import MAX_DEPTH, parse
from pipeline.conditions.questions import (
    Consented,
    EventCall,
    InSegment,
    Period,
    Sequence,
    Step,
    asked,
    event_calls,
    event_types,
)
from pipeline.errors import ConditionError

A, B = Column("a"), Column("b")
BOOTS = Comparison(Column("category"), "=", Value("boots"))
DEAR = Comparison(Column("price"), ">", Value(50.0))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a contains 'x'", Matches(A, "contains", (Value("x"),))),
        ("a Starts  With 'x'", Matches(A, "starts with", (Value("x"),))),
        ("a ends with any ('x', 'y')", Matches(A, "ends with", (Value("x"), Value("y")))),
        ("a contains ANY ('x')", Matches(A, "contains", (Value("x"),))),
        ("a contains all ('x', 'y')", Matches(A, "contains", (Value("x"), Value("y")), every=True)),
        ("a contains all ('x')", Matches(A, "contains", (Value("x"),))),
        ("a not contains 'x'", Not(Matches(A, "contains", (Value("x"),)))),
        ("a not ends with any ('x', 'y')", Not(Matches(A, "ends with", (Value("x"), Value("y"))))),
        ("percentile(a, among => b)", Percentile(A, B)),
        ("rank(a)", Rank(A)),
        ("Rank(a, Among => not b)", Rank(A, Not(B))),
        ("days_since(a)", DaysSince(A)),
        ("days_until('2026-12-24')", DaysUntil(Value("2026-12-24"))),
        ("bucket('spring')", Bucket("spring")),
        ("bucket(spring)", Bucket("spring")),
        ("in_segment(vip)", InSegment("vip")),
        ("in_segment('or')", InSegment("or")),
        ("consented('email')", Consented("email")),
    ],
)
def test_every_form_has_its_node(text: str, node: Node) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ("viewed", EventCall("count", "viewed")),
        ("'Page Viewed'", EventCall("count", "Page Viewed")),
        ("viewed, within => '7 days'", EventCall("count", "viewed", period=Period(within=7 * DAY))),
        ("viewed, within=>'1 week'", EventCall("count", "viewed", period=Period(within=7 * DAY))),
        ("viewed, within => ' 90 Minutes '", EventCall("count", "viewed", period=Period(within=DAY / 16))),
        (
            "viewed, before => '1 day', within => '2 days'",
            EventCall("count", "viewed", period=Period(within=2 * DAY, before=DAY)),
        ),
        ("viewed, anniversary => '14 days'", EventCall("count", "viewed", period=Period(anniversary=14 * DAY))),
        (
            "viewed, since => '2026-01-01', until => '2026-02-01T12:30'",
            EventCall(
                "count",
                "viewed",
                period=Period(since=datetime(2026, 1, 1), until=datetime(2026, 2, 1, 12, 30)),  # noqa: DTZ001 - shop's clock
            ),
        ),
        (
            "viewed, since => '2026-01-01T00:00+02:00'",
            EventCall("count", "viewed", period=Period(since=datetime(2025, 12, 31, 22, tzinfo=UTC))),
        ),
        (
            "viewed, where => category = 'boots' and price > 50, within => '1 day'",
            EventCall("count", "viewed", where=All((BOOTS, DEAR)), period=Period(within=DAY)),
        ),
        (
            "viewed, where => properties.colour = 'red'",
            EventCall("count", "viewed", where=Comparison(Column("properties.colour"), "=", Value("red"))),
        ),
        (
            "viewed, where => properties.'it''s a colour' = 'red'",
            EventCall("count", "viewed", where=Comparison(Column("properties.it's a colour"), "=", Value("red"))),
        ),
    ],
)
def test_what_stands_in_the_brackets_of_a_question(arguments: str, call: EventCall) -> None:
    assert parse(f"count({arguments})") == call


@pytest.mark.parametrize("function", ["first", "last"])
def test_first_and_last_give_a_moment_or_with_a_field_what_the_event_says(function: str) -> None:
    assert parse(f"{function}(viewed)") == EventCall(function, "viewed")
    assert parse(f"{function}(viewed, category)") == EventCall(function, "viewed", "category")


def test_a_sequence_has_steps_that_happened_and_that_did_not() -> None:
    text = """sequence(
        viewed where category = 'boots' and price > 50, not bought where price > 50, carted, not bought,
        limit => '3 days', within => '30 days')"""
    steps = (
        Step("viewed", All((BOOTS, DEAR))),
        Step("bought", DEAR, happened=False),
        Step("carted"),
        Step("bought", happened=False),
    )
    assert parse(text) == Sequence(steps, 3 * DAY, Period(within=30 * DAY))


def test_words_of_calls_and_matches_are_names_elsewhere() -> None:
    words = ("where", "contains", "starts", "with", "any", "all", "within", "among", "limit", "properties", "count")
    assert parse(" or ".join(words)).parts == tuple(map(Column, words))
    assert parse("count(where, where => where contains 'where')") == EventCall(
        "count", "where", where=Matches(Column("where"), "contains", (Value("where"),))
    )


def test_a_step_of_a_sequence_knows_where_it_stands() -> None:
    sequence = parse("sequence(viewed,\n not bought, carted)")
    assert isinstance(sequence, Sequence)
    assert [(step.at.line, step.at.column) for step in sequence.steps] == [(1, 10), (2, 2), (2, 14)]


def test_what_is_asked_are_the_questions_and_no_fields_of_events() -> None:
    node = parse(
        "percentile(count(viewed, where => price > a), among => in_segment(vip)) > b "
        "or sequence(carted where price > a, bought) and consented('email') and bucket('a') < 10",
    )
    assert columns(node) == {"b"}
    assert {type(question) for question in asked(node)} == {EventCall, Sequence, InSegment, Consented}
    assert {call.event_type for call in event_calls(node)} == {"viewed"}
    assert event_types(node) == {"viewed", "carted", "bought"}


@pytest.mark.parametrize(
    "text",
    [
        "count(a, where => " * 500 + "b" + ")" * 500,
        "count(a, where => " + "-" * MAX_DEPTH + "b)",
        "sequence(a, c where " + "not " * MAX_DEPTH + "b)",
        "percentile(a, among => " * 400 + "b" + ")" * 400,
        "percentile(a, among => " + "not " * MAX_DEPTH + "b)",
    ],
)
def test_depth_is_counted_in_where_and_among_too(text: str) -> None:
    with pytest.raises(ConditionError, match=f"expected at most {MAX_DEPTH} parts inside one another, got"):
        parse(text)
