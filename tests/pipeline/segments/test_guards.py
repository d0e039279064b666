from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.segments.definitions import Definitions, definitions_over
from pipeline.segments.guards import FEW_MEMBERS, MANY_SEGMENTS, alike, guards
from pipeline.segments.library import library
from pipeline.segments.membership import Memberships, assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment

TONIGHT = datetime(2026, 11, 30, tzinfo=UTC)
STEADY = Definitions(TONIGHT, {})
CUSTOMERS = 100


def tonight(*segments: Segment) -> Memberships:
    """A hundred customers with x from 0 to 99."""
    customers = [f"customer {number:02}" for number in range(CUSTOMERS)]
    values = [float(number) for number in range(CUSTOMERS)]
    return assign(segments, Profiles(TONIGHT, pa.table({"customer_id": customers, "x": values})), None)


def notes(*conditions: str, definitions: Definitions = STEADY) -> list[str]:
    segments = [Segment(name=f"s{number}", when=when) for number, when in enumerate(conditions, 1)]
    return list(guards(tonight(*segments), definitions))


def test_segments_that_are_large_and_different_need_no_word() -> None:
    assert notes(f"x < {FEW_MEMBERS}", "x >= 50") == []


def test_too_few_members_are_said_to_measure_nothing() -> None:
    assert notes(f"x < {FEW_MEMBERS - 1}") == [
        "s1 has fewer than 30 members, too few to measure what a campaign does.",
    ]
    assert notes("x < 0", "x < 1", "x < 3", "x < 6", "x < 10", "x < 20", "x < 29", "x >= 50") == [
        "s1, s2, s3, s4, s5 and 2 more have fewer than 30 members, too few to measure what a campaign does.",
    ]


def test_two_segments_of_nearly_the_same_customers_are_named() -> None:
    assert notes("x < 50", "x < 45", "x < 44") == [
        "Nearly the same customers are in s1 and s2; in s2 and s3: one of each is enough.",
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(10, 9, True), (10, 8, False), (10, 10, True), (0, 0, False), (1, 0, False)],
)
def test_nine_tenths_of_all_in_both_are_nearly_the_same_and_nobody_is_like_nobody(
    one: int, other: int, *, expected: bool
) -> None:
    first, second = (pa.array([str(number) for number in range(count)], pa.string()) for count in (one, other))
    assert alike(first, second) is alike(second, first) is expected


def test_more_segments_than_anybody_can_use_are_counted_without_the_librarys() -> None:
    own = [Segment(name=f"own_{number}", when="x >= 0") for number in range(MANY_SEGMENTS + 1)]
    shared = Segment(name=library()[0].name, when="x >= 0")
    *_, note = guards(tonight(*own, shared), STEADY)
    assert note.startswith(f"This shop has {MANY_SEGMENTS + 1} segments of its own, more than anybody can use.")
    assert "more than anybody" not in " ".join(guards(tonight(*own[1:], shared), STEADY))


def test_a_definition_that_does_not_stand_is_told_with_how_often_it_changed() -> None:
    runs = [(TONIGHT - timedelta(days=4 - number), {"s1": version}) for number, version in enumerate("abc")]
    (note,) = notes("x < 50", definitions=definitions_over([*runs, (TONIGHT, {"s1": "d", "s2": "a"})]))
    assert note.startswith("s1 was redefined 3 times in the last 90 days; who came and went says little")
