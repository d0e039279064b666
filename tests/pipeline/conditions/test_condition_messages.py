import pytest

from pipeline.conditions.check import check, check_truth
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.parse import parse
from pipeline.errors import ConditionError

COLUMNS = {
    "orders_365d": Kind.NUMBER,
    "revenue": Kind.NUMBER,
    "cluster": Kind.TEXT,
    "reachable": Kind.TRUTH,
    "next_order_at": Kind.MOMENT,
}
KNOWN = Known(COLUMNS)
VALUE = "a column, a number or a text"
OPERATOR = "an operator (and, or, =, <, >, +, between, in, is, contains …)"
ORDERED = "a number or a date, as they can be put in order"
TRUE_OR_FALSE = "something true or false"
FUNCTIONS = (
    "one of percentile, rank, days_since, days_until, bucket, in_segment, consented, count, happened, never, sum, "
    "first, last, sequence"
)
DATE = "a date such as '2026-11-30'"
SUMMABLE = "one of quantity, amount, discount, duration_seconds"


def message(text: str) -> str:
    with pytest.raises(ConditionError) as error:
        check_truth(parse(text, "segment s"), KNOWN)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "expected", "got", "column", "hint"),
    [
        ("", VALUE, "the end", 1, ""),
        ("revenue >  ", VALUE, "the end", 10, ""),
        ("revenue > and", VALUE, '"and"', 11, ""),
        ("(revenue > 1", '")"', "the end", 13, ""),
        ("revenue)", "the end", '")"', 8, ""),
        ("3x > 1", VALUE, '"3x"', 1, ""),
        ("revenue is 3", '"not" or "null"', '"3"', 12, ""),
        ("revenue between 1 or 2", '"and"', '"or"', 19, ""),
        ("revenue in (", "a number or a text", "the end", 13, ""),
        ("revenue in (1", '"," or ")"', "the end", 14, ""),
        ("revenue not 3", '"between" or "in" or "contains"', '"3"', 13, ""),
        ("revenue betwen 1 and 2", OPERATOR, '"betwen"', 9, 'Did you mean "between"?'),
        ("revenue == 3", VALUE, '"="', 10, 'Equality is one "=", between two values.'),
        ("revenue <> 3", VALUE, '">"', 10, 'Unequal is "!=".'),
        ("revenue = NULL", VALUE, '"NULL"', 11, 'Write "is null" or "is not null".'),
        ("revenue & 3", OPERATOR, '"&"', 9, 'Write "and".'),
        ("revenue | 3", OPERATOR, '"|"', 9, 'Write "or".'),
        ("!reachable", VALUE, '"!"', 1, 'Write "not", or "!=" for unequal.'),
        ('cluster = "x"', VALUE, '"""', 11, "A text stands in single quotes: 'boots'."),
        ("cluster = 'x", VALUE, '"\'"', 11, "A text stands between two single quotes: 'boots'."),
        ("revenue > 1e999", "a number below 1e308", "1e999", 11, ""),
    ],
)
def test_a_text_that_is_not_a_condition(text: str, expected: str, got: str, column: int, hint: str) -> None:
    near = f"at line 1, column {column}, near “{text.strip()}”."
    assert message(text) == f"segment s: expected {expected}, got {got} {near} {hint}".rstrip()


@pytest.mark.parametrize(
    ("text", "expected", "got", "column", "hint"),
    [
        (
            "percentil(revenue)",
            FUNCTIONS,
            '"percentil"',
            1,
            '"percentile"',
        ),
        ("percentile()", '"percentile(number)"', "0 values in its brackets", 1, ""),
        ("count(1)", '"count(event_type)"', "something else in its brackets", 1, ""),
        ("sum(order_placed)", '"sum(event_type, field)"', "something else in its brackets", 1, ""),
        ("sum(order, amont)", SUMMABLE, '"amont"', 12, '"amount"'),
        ("percentile(7) > 1", "a percentile of columns", "one of the same number for everyone", 1, ""),
        ("percentile(cluster) > 1", "a number", "a text", 12, ""),
        ("ordrs_365d > 1", "a known column", '"ordrs_365d"', 1, '"orders_365d"'),
        ("zzz > 1", "a known column", '"zzz"', 1, ""),
        ("revenue > 'many'", "a number", "a text", 11, ""),
        ("'many' < revenue", "a number", "a text", 1, ""),
        ("cluster = 3", "a text", "a number", 11, ""),
        ("revenue in (1, 'x')", "a number", "a text", 16, ""),
        ("revenue and reachable", TRUE_OR_FALSE, "a number", 1, ""),
        ("not revenue", TRUE_OR_FALSE, "a number", 5, ""),
        ("-cluster > 1", "a number", "a text", 2, ""),
        ("reachable + 1 > 1", "a number", TRUE_OR_FALSE, 1, ""),
        ("cluster < 'b'", ORDERED, "a text", 1, ""),
        ("next_order_at > 'soon'", DATE, "'soon'", 17, ""),
        ("next_order_at > 20261130", DATE, "20261130", 17, ""),
        ("revenue", TRUE_OR_FALSE, "a number", 1, ""),
    ],
)
def test_a_condition_that_makes_no_sense(text: str, expected: str, got: str, column: int, hint: str) -> None:
    nearest = f" Did you mean {hint}?" if hint else ""
    assert message(text).startswith(f"segment s: expected {expected}, got {got} at line 1, column {column}, near “")
    assert message(text).endswith(f"”.{nearest}")


def test_a_percentile_of_a_percentile_is_refused() -> None:
    assert "expected a percentile of columns, got a percentile inside it" in message(
        "percentile(percentile(revenue)) > 1"
    )


def test_a_date_out_of_the_calendar_is_refused() -> None:
    assert f"expected {DATE}" in message("next_order_at > '0001-01-01T00:00+14:00'")


def test_a_message_points_into_the_line_at_fault() -> None:
    text = "revenue > 1\n  and revenue < 1000 and orders_365d > 1 and ordrs_365d < 1000 and revenue != 15"
    assert "at line 2, column 46, near “…and orders_365d > 1 and ordrs_365d < 1000 and re…”." in message(text)


def test_without_a_place_the_message_says_condition() -> None:
    with pytest.raises(ConditionError, match=r"^condition: expected a column"):
        parse("")


def test_check_can_say_another_place() -> None:
    with pytest.raises(ConditionError, match=r"^task churn: expected a known column"):
        check(parse("x", "elsewhere"), KNOWN, "task churn")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("revenue", Kind.NUMBER),
        ("revenue / orders_365d - 1", Kind.NUMBER),
        ("percentile(revenue)", Kind.NUMBER),
        ("count(order_placed)", Kind.NUMBER),
        ("sum(order_placed, amount)", Kind.NUMBER),
        ("happened(order_placed)", Kind.TRUTH),
        ("cluster", Kind.TEXT),
        ("'x'", Kind.TEXT),
        ("next_order_at", Kind.MOMENT),
        ("next_order_at between '2026-11-01' and '2026-11-30T12:00+01:00'", Kind.TRUTH),
        ("reachable = (revenue > 1)", Kind.TRUTH),
        ("cluster is null", Kind.TRUTH),
        ("true", Kind.TRUTH),
    ],
)
def test_every_value_has_a_kind(text: str, kind: Kind) -> None:
    assert check(parse(text), KNOWN) is kind
