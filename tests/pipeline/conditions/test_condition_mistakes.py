"""What is said of every mistake in the brackets of a function, where, and with what hint."""

import pytest

from pipeline.conditions.check import check_truth
from pipeline.conditions.event_fields import EVENT_FIELDS
from pipeline.conditions.functions import FUNCTIONS
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.parse import parse
from pipeline.errors import ConditionError

HERE = "§"  # where the message points
KNOWN = Known(
    {"orders": Kind.NUMBER, "cluster": Kind.TEXT, "tags": Kind.TEXTS, "met_at": Kind.MOMENT, "reachable": Kind.TRUTH},
    frozenset({"product_viewed", "order_placed", "Page Viewed"}),
    frozenset({"vip", "at_risk"}),
    frozenset({"email", "sms"}),
)
NAMED = "one of within, before, since, until, anniversary, where"
IN_A_SEQUENCE = "one of limit, within, before, since, until, anniversary"
DURATION = "a duration such as '7 days', '2 hours' or '1 week'"
POSSIBLE = "more than nothing, at most 36500 days"
DATE = "a date such as '2026-11-30'"
OPERATOR = "an operator (and, or, =, <, >, +, between, in, is, contains …)"
ABOUT_AN_EVENT = "something about the event"
A_CUSTOMER = "something about the customer"
FIELD = "a field of an event"
TRUTH = "something true or false"
TWO_STEPS = "sequence(product_viewed, order_placed"
VIEWED = "count(product_viewed, "


def message(text: str, known: Known = KNOWN) -> str:
    with pytest.raises(ConditionError) as error:
        check_truth(parse(text, "here"), known)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "expected", "got", "hint"),
    [
        ("§cuont(order_placed) > 1", f"one of {', '.join(FUNCTIONS)}", '"cuont"', 'Did you mean "count"?'),
        ("§count()", '"count(event_type)"', "something else in its brackets", ""),
        ("§count(order_placed, amount) > 1", '"count(event_type)"', "something else in its brackets", ""),
        ("§sum(order_placed) > 1", '"sum(event_type, field)"', "something else in its brackets", ""),
        ("§last(order_placed, 3) > 1", '"last(event_type)"', "something else in its brackets", ""),
        ("§in_segment()", '"in_segment(name)"', "0 values in its brackets", ""),
        ("consented(§'')", "\"consented('purpose')\"", "something else in its brackets", ""),
        ("bucket(§5) < 3", "\"bucket('name')\"", "something else in its brackets", ""),
        ("§rank(orders, orders) < 3", '"rank(number)"', "2 values in its brackets", ""),
        ("bucket('a', §within => '1 day') < 3", "\"bucket('name')\"", '"within"', ""),
        (f"{VIEWED}§withing => '1 day') > 1", NAMED, '"withing"', 'Did you mean "within"?'),
        (f"{VIEWED}§within = '1 day') > 1", '"within => …"', '"within = …"', ""),
        (f"{VIEWED}until => '2026-01-01', §until => '2026-01-01')", '"until" once', "it twice", ""),
        ("count(where => 1 = 1, §product_viewed)", "what has a name after what has none", "it before", ""),
        (
            "count(product_viewed §where month = 1) > 1",
            '", where => …"',
            '"where"',
            "Only a step of a sequence has it without comma.",
        ),
        (
            "rank(orders §where reachable) < 3",
            '", among => …"',
            '"where"',
            "Only a step of a sequence has it without comma.",
        ),
        (
            "days_since(met_at §where reachable) < 3",
            '"days_since(date)"',
            '"where"',
            "Only a step of a sequence has it without comma.",
        ),
        ("rank(orders, §amon => reachable) < 3", "one of among", '"amon"', 'Did you mean "among"?'),
        (f"{TWO_STEPS}, §limt => '3 days')", IN_A_SEQUENCE, '"limt"', 'Did you mean "limit"?'),
        (
            f"{TWO_STEPS}, §where => month = 1)",
            IN_A_SEQUENCE,
            '"where"',
            "In a sequence it stands after a step: cart_added where category = 'boots'.",
        ),
        (f"{VIEWED}within => §'7 dais') > 1", DURATION, "'7 dais'", 'Did you mean "days"?'),
        (f"{VIEWED}within => §'7') > 1", DURATION, "'7'", ""),
        (f"{VIEWED}within => §'1.5 days') > 1", DURATION, "'1.5 days'", ""),
        (f"{VIEWED}within => §7) > 1", DURATION, "7", ""),
        (f"{VIEWED}within => §orders) > 1", DURATION, "something else", ""),
        (
            f"{VIEWED}before => §'2 Months') > 1",
            DURATION,
            "'2 Months'",
            "Months are not all as long as each other: write '30 days'.",
        ),
        (
            f"{VIEWED}before => §'1 year') > 1",
            DURATION,
            "'1 year'",
            "Years are not all as long as each other: write '365 days'.",
        ),
        (f"{VIEWED}before => §'9 seconds') > 1", DURATION, "'9 seconds'", "The shortest unit is the minute."),
        (f"{VIEWED}within => §'0 days') > 1", POSSIBLE, "'0 days'", ""),
        (f"{VIEWED}within => §'5215 weeks') > 1", POSSIBLE, "'5215 weeks'", ""),
        (f"{VIEWED}within => '7 days', before => §'1 week') > 1", "less than the 7 days of within", "'7 days'", ""),
        (f"{VIEWED}since => §'yesterday') > 1", DATE, "'yesterday'", ""),
        (f"{VIEWED}since => §'2026-02-30') > 1", DATE, "'2026-02-30'", ""),
        (f"{VIEWED}since => §'1899-12-31') > 1", "a date from 1900 until 2200", "'1899-12-31'", ""),
        (f"{VIEWED}until => §'2200-01-01') > 1", "a date from 1900 until 2200", "'2200-01-01'", ""),
        (
            f"{VIEWED}since => '2026-02-01', until => §'2026-02-01') > 1",
            "a date after the 2026-02-01 of since",
            "'2026-02-01'",
            "",
        ),
        ("§sequence(order_placed)", "two steps or more", "1 step", 'Of a single event, ask "happened(event_type)".'),
        ("sequence(§not order_placed, product_viewed)", "a first step that happens", '"not"', ""),
        (
            f"{TWO_STEPS}, not product_viewed, §not order_placed, order_placed)",
            'a step that happens after one with "not"',
            'another "not"',
            "",
        ),
        (
            "sequence(product_viewed, §not order_placed)",
            "a limit, as the last step must not happen",
            "none",
            "It says by when the last step must have failed to come: limit => '2 days'.",
        ),
        ("sequence(§1, order_placed)", '"sequence(event_type, event_type)"', "something else in its brackets", ""),
        (
            "sequence(§not not order_placed, order_placed)",
            '"sequence(event_type, event_type)"',
            "something else in its brackets",
            "",
        ),
        ("sequence(product_viewed §wher month = 1, order_placed)", OPERATOR, '"wher"', 'Did you mean "where"?'),
        ("cluster contains §3", 'a text or "any (…)"', '"3"', ""),
        ("cluster contains any §'x'", '"("', '"\'"', ""),
        ("cluster contains any ('x' §'y')", '"," or ")"', '"\'"', ""),
        ("cluster §contans 'x'", OPERATOR, '"contans"', 'Did you mean "contains"?'),
        ("cluster §start with 'x'", OPERATOR, '"start"', 'Did you mean "starts with"?'),
        ("orders =§> 3", "a column, a number or a text", '">"', 'At least is ">=".'),
    ],
)
def test_brackets_that_cannot_be_read(text: str, expected: str, got: str, hint: str) -> None:
    told = message(text.replace(HERE, ""))
    assert told.startswith(f"here: expected {expected}, got {got} at line 1, column {text.index(HERE) + 1}, near “")
    assert told.endswith(f"”. {hint}".rstrip())


@pytest.mark.parametrize(
    ("text", "expected", "got", "hint"),
    [
        ("count(§product_viewd) > 1", "an event type of the log", '"product_viewd"', 'Did you mean "product_viewed"?'),
        ("count('§page viewed') > 1", "an event type of the log", '"page viewed"', 'Did you mean "Page Viewed"?'),
        ("never(§cart_added)", "an event type of the log", '"cart_added"', "No event of that type is logged."),
        (
            "sequence(order_placed, §ordr_placed)",
            "an event type of the log",
            '"ordr_placed"',
            'Did you mean "order_placed"?',
        ),
        ("sum(order_placed, §category) > 1", "one of quantity, amount, discount, duration_seconds", '"category"', ""),
        ("last(order_placed, §amont) > 1", f"one of {', '.join(EVENT_FIELDS)}", '"amont"', 'Did you mean "amount"?'),
        (
            "last(order_placed, §properties.colour) = 'red'",
            f"one of {', '.join(EVENT_FIELDS)}",
            '"properties.colour"',
            "",
        ),
        ("in_segment(§vipp)", "a known segment", '"vipp"', 'Did you mean "vip"?'),
        ("consented('§emal')", "a purpose that consents are kept for", '"emal"', 'Did you mean "email"?'),
        ("§at_risk and reachable", "a known column", '"at_risk"', "For the segment write in_segment(at_risk)."),
        (
            "§order_placed > 3",
            "a known column",
            '"order_placed"',
            "For the event write count(order_placed) or happened(order_placed).",
        ),
        (
            "§properties.colour = 'red'",
            "a known column",
            '"properties.colour"',
            "Of an event: count(order_placed, where => properties.colour = 'red').",
        ),
        (f"{VIEWED}where => §categry = 'x') > 1", FIELD, '"categry"', 'Did you mean "category"?'),
        (
            f"{VIEWED}where => §orders > 3) > 1",
            FIELD,
            '"orders"',
            "Only the fields of the event itself stand in where: category, amount, month …",
        ),
        ("sequence(product_viewed where §categry = 'x', order_placed)", FIELD, '"categry"', 'Did you mean "category"?'),
        (f"{VIEWED}where => §month) > 1", TRUTH, "a number", ""),
        (f"{VIEWED}where => §properties.new) > 1", TRUTH, "a text", ""),
        (f"{VIEWED}where => price > §'x') > 1", "a number", "a text", ""),
        (f"{VIEWED}where => properties.size > 3 and properties.size = §'L') > 1", "a number", "a text", ""),
        (f"{VIEWED}where => §category < 'x') > 1", "a number or a date, as they can be put in order", "a text", ""),
        ("last(order_placed) > §3", DATE, "3", ""),
        ("last(order_placed, category) > §3", "a text", "a number", ""),
        ("days_since(§orders) > 3", DATE, "a number", ""),
        ("days_until(§'soon') > 3", DATE, "'soon'", ""),
        ("rank(§cluster) < 3", "a number", "a text", ""),
        ("§rank(3) < 3", "a rank of columns", "one of the same number for everyone", ""),
        ("rank(orders, among => §orders) < 3", TRUTH, "a number", ""),
        ("rank(orders, among => §percentile(orders) > 3) < 3", "a rank of columns", "a percentile inside it", ""),
        ("§tags = 'x'", "a single value", "a list of texts", "Ask what it contains: x contains 'boots'."),
        ("§tags in ('x')", "a single value", "a list of texts", "Ask what it contains: x contains 'boots'."),
        ("§tags starts with 'x'", "a text", "a list of texts", ""),
        ("§orders contains 'x'", "a text", "a number", ""),
        ("cluster contains any ('x', §'')", "a text to look for", "an empty one, which every text contains", ""),
        ("§in_segment(vip) > consented('sms')", "a number or a date, as they can be put in order", TRUTH, ""),
    ],
)
def test_questions_that_make_no_sense(text: str, expected: str, got: str, hint: str) -> None:
    told = message(text.replace(HERE, ""))
    assert told.startswith(f"here: expected {expected}, got {got} at line 1, column {text.index(HERE) + 1}, near “")
    assert told.endswith(f"”. {hint}".rstrip())


@pytest.mark.parametrize(
    "part",
    [
        "percentile(amount) > 3",
        "count(order_placed) > 1",
        "in_segment(vip)",
        "consented('email')",
        "bucket('a') < 3",
        "days_since('2026-01-01') < 3",
        "sequence(product_viewed, order_placed)",
    ],
)
def test_only_the_event_itself_is_spoken_of_in_where(part: str) -> None:
    assert f"here: expected {ABOUT_AN_EVENT}, got {A_CUSTOMER} at line 1, column 32" in message(
        f"{VIEWED}where => {part}) > 1"
    )


def test_any_event_type_and_purpose_is_good_where_none_are_told_of() -> None:
    check_truth(parse("happened(sent_a_fax) and consented('fax')"), Known({}))


def test_a_mistake_in_a_long_condition_is_found_on_its_line() -> None:
    text = """in_segment(vip)
  and count(product_viewed,
            where => month = 12
              and categry = 'boots') > 1"""
    assert "at line 4, column 19, near “and categry = 'boots') > 1”. Did you" in message(text)
