"""Whatever stands in place of a condition, it is a condition or an error that points into it."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.conditions.parse import parse
from pipeline.conditions.questions import text_of
from pipeline.conditions.sql import as_sql
from pipeline.errors import ConditionError
from tests.pipeline.conditions.saying import conditions
from tests.pipeline.conditions.test_condition_oracle import KNOWN

WORDS = (
    "a", "t", "f", "m", "l", "0", "1.5", "1e300", "'x'", "'7 days'", "'2026-11-30'", "''", "'", '"', "(", ")", ",",
    "=>", "=", "!=", "<", ">=", "+", "-", "*", "/", "and", "or", "not", "between", "in", "is", "null", "true",
    "contains", "starts with", "any", "all", "where", "within", "among", "limit", "percentile(", "rank(", "days_since(",
    "bucket(", "in_segment(", "consented(", "count(", "last(", "sequence(", "order_placed", "properties.x",
    "properties.", "\n", "\x00", "\ud800", "ß", "é", "🙂", ".", ";", "--",
)  # fmt: skip
POINTS = re.compile(r"^\S+: expected .+, got .+ at line \d+, column \d+, near “", re.DOTALL)


@st.composite
def spoilt(draw):
    """A condition of which some words are left out, or are others that mean something elsewhere."""
    words = re.findall(r"\w+|'[^']*'|\s+|[^\w\s]+", draw(conditions).text)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(words) - 1))
        words[place] = draw(st.sampled_from(["", *WORDS]) | st.sampled_from(words))
    return "".join(words)


@given(text=st.text() | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | spoilt())
@example(text="\ud800")
@example(text="(" * 10_000)
@example(text="count(order_placed, within => '999999999 weeks') > 1")
@example(text="days_since('9999-12-31T23:59-23:00') > 1")
@example(text="count(order_placed, since => '2199-12-31T23:59-23:00') > 1")
def test_a_text_is_a_condition_or_an_error_that_points_into_it(text: str) -> None:
    try:
        node = parse(text, "here")
        sql = as_sql(node, KNOWN)
    except ConditionError as error:
        assert POINTS.match(str(error))  # noqa: PT017 - either outcome is good
    else:
        assert sql.startswith(("SELECT", "WITH"))
        assert parse(text_of(node)) == node
