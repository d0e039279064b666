import pytest

from pipeline.conditions.nodes import Column
from pipeline.conditions.parse import parse
from pipeline.segments.swap import swapped


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("percentile(x) >= 90", "p >= 90"),
        (
            "not (percentile(x) >= 90 and y in (1, 2)) or percentile(x) is null",
            "not (p >= 90 and y in (1, 2)) or p is null",
        ),
        ("percentile(x) between 1 and 2 + percentile(y)", "p between 1 and 2 + percentile(y)"),
        ("count(order_placed, where => amount > 3) > percentile(x)", "count(order_placed, where => amount > 3) > p"),
        ("percentile(x, among => y > 1) > 5", "percentile(x, among => y > 1) > 5"),
    ],
)
def test_a_part_is_replaced_wherever_it_stands_and_nothing_else(condition: str, expected: str) -> None:
    assert swapped(parse(condition), {parse("percentile(x)"): Column("p")}) == parse(expected)


def test_a_part_keeps_its_place_in_the_text() -> None:
    node = parse("y > 1 and percentile(x) > 2")
    found = swapped(node, {parse("percentile(x)"): Column("p")})
    assert [part.at.offset for part in found.parts] == [part.at.offset for part in node.parts]
