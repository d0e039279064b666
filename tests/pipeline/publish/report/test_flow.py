"""The drawing of moves: what is drawn, in which order, how wide, and what it says."""

import pytest

from pipeline.publish.record import Move
from pipeline.publish.report.flow import SHORTEST, TALLEST, flow, tone

TITLES = {"new": "Stage: New", "active": "Stage: Active", "slipping": "Stage: Slipping", "lapsed": "Stage: Lapsed"}


def test_where_nobody_moved_nothing_is_drawn() -> None:
    assert flow([], TITLES) is None


def test_both_sides_are_in_the_order_of_the_stages_with_those_from_outside_last() -> None:
    drawn = flow([Move(None, "new", 5), Move("active", "lapsed", 3), Move("new", "active", 2)], TITLES)
    assert drawn is not None
    assert [(node.name, node.count) for node in drawn.before] == [("New", 2), ("Active", 3), ("not known yet", 5)]
    assert [(node.name, node.count) for node in drawn.now] == [("New", 5), ("Active", 2), ("Lapsed", 3)]
    assert drawn.movers == 10


def test_a_bar_is_as_tall_as_its_share_of_those_who_moved_and_never_too_thin_to_see() -> None:
    drawn = flow([Move("active", "slipping", 999), Move("new", "active", 1)], TITLES)
    assert drawn is not None
    assert [node.height for node in drawn.before] == [SHORTEST, round(TALLEST * 0.999, 1)]


def test_bands_that_leave_one_bar_lie_beside_one_another() -> None:
    drawn = flow([Move("active", "slipping", 1), Move("active", "lapsed", 1)], TITLES)
    assert drawn is not None
    first, second = drawn.bands
    top = drawn.before[0].y
    assert first.path.startswith(f"M125 {top:.1f}C")
    assert second.path.startswith(f"M125 {top + TALLEST / 2:.1f}C")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("active", "slipping", "worse"),
        ("slipping", "lapsed", "worse"),
        ("active", None, "worse"),
        ("lapsed", "slipping", "better"),
        ("slipping", "active", "better"),
        (None, "new", "better"),
        (None, "lead", "even"),
    ],
)
def test_a_move_is_for_the_better_or_the_worse_by_where_it_leads(
    source: str | None, target: str | None, expected: str
) -> None:
    assert tone(Move(source, target, 1)) == expected


def test_it_says_the_same_in_words() -> None:
    drawn = flow([Move("active", "slipping", 1024), Move(None, "new", 2)], TITLES)
    assert drawn is not None
    assert drawn.label == "1,024 from Active to Slipping; 2 from not known yet to New"
