import pytest

from pipeline.conditions.parse import parse
from pipeline.conditions.questions import text_of


@pytest.mark.parametrize(
    "text",
    [
        "a or b and not c",
        "(a or b) and c",
        "(a or b) or c",
        "not (a or b)",
        "not a is null",
        "(not a) is null",
        "not not a",
        "a + b * c - d / e",
        "(a + b) * (c - (d - e))",
        "a / (b / c)",
        "-(a + b) * -c",
        "--a",
        "a >= 1.5",
        "(a > 1) = (b > 2)",
        "a between b + 1 and 2 * c",
        "a in (1, -2.5, 1e+22)",
        "not a in ('it''s', '')",
        "a contains 'x'",
        "a ends with any ('x', 'y')",
        "not a contains all ('x', 'y')",
        "true or false",
        "percentile(a + b, among => c or d) > 90",
        "rank(a) <= 10",
        "days_since(a) + days_until('2026-12-24') > 3",
        "bucket('it''s') < 50",
        "in_segment(vip) or in_segment('or')",
        "consented('email')",
        "count(viewed)",
        "count('Page Viewed') > happened('null')",
        "last(viewed, category) = 'boots'",
        "count(viewed, within => '7 days', before => '36 hours', anniversary => '90 minutes')",
        "count(viewed, since => '2026-01-01', until => '2026-02-01T12:30:00')",
        "count(viewed, until => '2026-02-01T00:00:00+00:00')",
        "sum(viewed, amount, where => properties.a_b > 3 and properties.'a b' = 'it''s')",
        "sequence(a, b where c = 'x' or d > 1, not e, limit => '1 day', within => '30 days')",
    ],
)
def test_a_text_in_the_one_way_of_writing_stays_as_it_is(text: str) -> None:
    assert text_of(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "one_way"),
    [
        ("((a))", "a"),
        ("a AND(b Or c)", "a and (b or c)"),
        ("a not between 1.0 and 2", "not a between 1 and 2"),
        ("a is not null", "not a is null"),
        ("a contains all ('x')", "a contains 'x'"),
        ("COUNT('viewed', where=>(c), within=>'2 weeks')", "count(viewed, within => '14 days', where => c)"),
        ("count(a, within => '120 minutes')", "count(a, within => '2 hours')"),
        ("count(a, since => '2026-01-01T02:00+02:00')", "count(a, since => '2026-01-01T00:00:00+00:00')"),
        ("in_segment('vip')", "in_segment(vip)"),
        ("bucket(a)", "bucket('a')"),
    ],
)
def test_there_is_one_way_of_writing(text: str, one_way: str) -> None:
    assert text_of(parse(text)) == one_way
    assert parse(one_way) == parse(text)
