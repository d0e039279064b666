import pytest

from pipeline.conditions.nodes import (
    All,
    Any,
    Arithmetic,
    Between,
    Column,
    Comparison,
    IsNull,
    Negative,
    Node,
    Not,
    OneOf,
    Percentile,
    Value,
    columns,
    walk,
)
from pipeline.conditions.parse import MAX_DEPTH, MAX_LENGTH, parse
from pipeline.conditions.questions import EventCall, event_calls
from pipeline.errors import ConditionError

A, B, C = Column("a"), Column("b"), Column("c")
ONE, TWO = Value(1.0), Value(2.0)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a", A),
        ("1", ONE),
        ("1.5e2", Value(150.0)),
        (".5", Value(0.5)),
        ("'boots'", Value("boots")),
        ("'it''s'", Value("it's")),
        ("''", Value("")),
        ("true", Value(value=True)),
        ("false", Value(value=False)),
        ("-a", Negative(A)),
        ("a = 1", Comparison(A, "=", ONE)),
        ("a!=1", Comparison(A, "!=", ONE)),
        ("a <= 1", Comparison(A, "<=", ONE)),
        ("a between 1 and 2", Between(A, ONE, TWO)),
        ("a not between 1 and 2", Not(Between(A, ONE, TWO))),
        ("a in (1, -2)", OneOf(A, (ONE, Value(-2.0)))),
        ("a not in ('x')", Not(OneOf(A, (Value("x"),)))),
        ("a is null", IsNull(A)),
        ("a is not null", Not(IsNull(A))),
        ("percentile(a)", Percentile(A)),
        ("count(order_placed)", EventCall("count", "order_placed")),
        ("never(order_placed)", EventCall("never", "order_placed")),
        ("sum(order_placed, amount)", EventCall("sum", "order_placed", "amount")),
    ],
)
def test_every_form_has_its_node(text: str, node: Node) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not a = b", "not (a = b)"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b / c", "(a / b) / c"),
        ("-a * b", "(-a) * b"),
        ("a + 1 > b", "(a + 1) > b"),
        ("a between 1 and 2 and b", "(a between 1 and 2) and b"),
        ("a between b + 1 and c * 2 or b", "(a between (b + 1) and (c * 2)) or b"),
        ("((a))", "a"),
        ("A_b", "A_b"),
        ("a AND NOT b Or c Is NULL", "a and not b or c is null"),
        ("PERCENTILE(a) BETWEEN 1 AND 2", "percentile(a) between 1 and 2"),
        ("a\n  and\tb", "a and b"),
    ],
)
def test_binding_case_and_space(text: str, same: str) -> None:
    assert parse(text) == parse(same)


def test_and_and_or_of_many_are_flat() -> None:
    assert parse("a or b or c") == Any((A, B, C))
    assert parse("a and b and c") == All((A, B, C))


@pytest.mark.parametrize(
    "name", ["android", "orders_in", "nothing", "island", "nullable", "true_value", "größe", "between_"]
)
def test_a_name_may_begin_like_a_keyword(name: str) -> None:
    assert parse(name) == Column(name)


def test_names_are_case_sensitive() -> None:
    assert parse("Orders") != parse("orders")


def test_arithmetic_is_told_from_a_negative_number() -> None:
    assert parse("a -1") == Arithmetic(A, "-", ONE)


def test_columns_and_event_calls_are_what_is_read() -> None:
    node = parse("percentile(a + b) > 1 and c in (1) or count(order_placed) > sum(order_refunded, amount)")
    assert columns(node) == {"a", "b", "c"}
    assert event_calls(node) == {EventCall("count", "order_placed"), EventCall("sum", "order_refunded", "amount")}


def test_walking_is_in_reading_order() -> None:
    names = [part.name for part in walk(parse("c > a and (b is null or a in (1))")) if isinstance(part, Column)]
    assert names == ["c", "a", "b", "a"]


def test_nodes_know_where_they_stand() -> None:
    node = parse("a > 1\n  and b > 2", "segments.yaml")
    b = next(part for part in walk(node) if part == B)
    assert (b.at.place, b.at.line, b.at.column) == ("segments.yaml", 2, 7)


def test_nodes_cannot_change() -> None:
    with pytest.raises(AttributeError):
        parse("a").name = "b"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "-" * (MAX_LENGTH - 1) + "a",
        "a" + "+a" * (MAX_LENGTH // 2 - 1),
        "not " * 2000 + "a",
        "percentile(" * 800 + "a" + ")" * 800,
        "(a = " * 1500 + "1" + ")" * 1500,
        "-" * MAX_DEPTH + "a",
    ],
)
def test_a_condition_nested_too_deep_is_refused(text: str) -> None:
    with pytest.raises(ConditionError, match=f"^condition: expected at most {MAX_DEPTH} parts inside one another, got"):
        parse(text)


def test_a_condition_too_long_is_refused() -> None:
    with pytest.raises(ConditionError, match=r"^x: expected at most 10000 characters, got 10001 of them at line 1"):
        parse("a" * 10_001, "x")


def test_brackets_alone_are_not_depth() -> None:
    assert parse("(" * 4000 + "a" + ")" * 4000) == A


def test_a_tower_of_open_brackets_is_an_ordinary_mistake() -> None:
    with pytest.raises(ConditionError, match="got the end at line 1, column 9001"):
        parse("(" * 9000)


def test_half_a_character_is_refused_legibly() -> None:
    with pytest.raises(
        ConditionError, match=r"expected whole characters, got half of one at line 2, column 6, near .a = '\?'"
    ):
        parse("b or\na = '\ud800'")
