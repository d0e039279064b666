"""Conditions that could never be decided, or not in a lifetime, are refused or take no longer than others."""

import pytest

from pipeline.conditions.check import check
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.parse import MAX_DEPTH, parse
from pipeline.errors import ConditionError

KNOWN = Known({"a": Kind.NUMBER, "b": Kind.NUMBER})


def test_comparisons_inside_one_another_are_each_looked_at_once():
    text = "a = b"
    for _ in range(MAX_DEPTH - 3):
        text = f"({text}) = true"
    assert check(parse(text), KNOWN) is Kind.TRUTH


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("sequence(searched, not searched, limit => '2 days')", 20),
        ("sequence(searched where query = 'x', not searched, limit => '2 days')", 38),
        ("sequence(checkout_started, not order_placed, limit => '2 days', within => '48 hours')", 55),
    ],
)
def test_a_sequence_that_nobody_can_have_is_refused(text, column):
    with pytest.raises(ConditionError, match=f"line 1, column {column}"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "sequence(searched where query = 'x', not searched where query = 'y', limit => '2 days')",
        "sequence(checkout_started, not order_placed, limit => '2 days', within => '49 hours')",
        "sequence(searched, searched, limit => '2 days', within => '1 day')",
    ],
)
def test_one_that_somebody_can_have_is_not(text):
    assert parse(text)


def test_a_mistake_is_pointed_at_where_the_word_stands_alone():
    with pytest.raises(ConditionError, match="line 1, column 21"):
        check(parse("sum(discount_given, discoun) > 1"), KNOWN)
