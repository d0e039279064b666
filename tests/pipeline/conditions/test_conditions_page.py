"""Every example in `docs/conditions.md` makes sense over the columns that a shop has."""

import re
from pathlib import Path

import pytest

from features.catalogue import describe
from pipeline.conditions.check import check_truth
from pipeline.conditions.event_fields import EVENT_FIELDS
from pipeline.conditions.functions import FUNCTIONS
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.parse import parse
from pipeline.conditions.periods import NAMES
from pipeline.conditions.questions import text_of
from pipeline.errors import ConditionError
from pipeline.events.event_types import EVENT_TYPES
from pipeline.segments.library import library

PAGE = (Path(__file__).parents[3] / "docs" / "conditions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
KNOWN = Known(
    {
        **{column.name: Kind.NUMBER for column in describe()},
        "churn_probability": Kind.NUMBER,
        "expected_next_order_at": Kind.MOMENT,
        "cluster": Kind.TEXT,
    },
    frozenset({*EVENT_TYPES, "Form Sent"}),
    frozenset(segment.name for segment in library()),
    frozenset({"email", "sms"}),
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_makes_sense(example):
    node = parse(example)
    check_truth(node, KNOWN)
    assert parse(text_of(node)) == node


def test_no_part_of_the_language_lacks_an_example():
    examples = " ".join(EXAMPLES)
    functions = {name for name in FUNCTIONS if f"{name}(" in examples}
    named = {name for name in (*NAMES, "where", "among", "limit") if f"{name} =>" in examples}
    missing = set(FUNCTIONS) - functions, {*NAMES, "where", "among", "limit"} - named
    assert missing == ({"days_since", "first"}, set())  # which stand beside their opposites
    assert "`days_since`" in PAGE
    assert "`first`" in PAGE
    assert all(f"`{field}`" in PAGE for field in EVENT_FIELDS)


def test_the_mistake_is_answered_as_the_page_says():
    (told,) = re.findall(r"```\n(.*?)\n```", PAGE, re.DOTALL)
    with pytest.raises(ConditionError) as error:
        check_truth(parse("count(product_viewed, withing => '7 days') > 3", "segment hot"), KNOWN)
    assert str(error.value) == told
