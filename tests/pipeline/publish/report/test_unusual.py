"""What is beyond the usual, and what is too little to say so."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.publish.record import Trend
from pipeline.publish.report.unusual import unusual


def of(*sizes: int | None, days: tuple[int, ...] | None = None, redefined: tuple[int, ...] = ()) -> Trend:
    at = days or tuple(range(len(sizes)))
    moments = tuple(datetime(2010, 9, 1, tzinfo=UTC) + timedelta(days=day) for day in at)
    return Trend(moments, {"vip": sizes}, {"vip": redefined})


@pytest.mark.parametrize(("last", "change"), [(131, 30), (71, -30)])
def test_a_step_far_beyond_all_earlier_ones_is_unusual(last: int, change: int) -> None:
    (step,) = unusual(of(100, 102, 99, 101, 104, 101, last)) or ()
    assert (step.segment, step.size, step.change, step.least, step.most, step.steps) == ("vip", last, change, -3, 3, 5)


@pytest.mark.parametrize("last", [108, 94, 93])
def test_a_step_a_little_beyond_is_not(last: int) -> None:
    assert unusual(of(100, 102, 99, 101, 103, 101, last)) == ()


def test_steady_growth_is_no_news_though_every_size_is_the_highest_so_far() -> None:
    assert unusual(of(100, 120, 140, 160, 180, 200, 220)) == ()


def test_a_few_earlier_steps_say_nothing_of_what_is_usual() -> None:
    assert unusual(of(100, 100, 100, 100, 200)) is None
    assert len(unusual(of(100, 100, 100, 100, 100, 200)) or ()) == 1


def test_sizes_before_a_redefinition_do_not_count() -> None:
    assert unusual(of(10, 10, 10, 10, 10, 10, 200, redefined=(6,))) is None
    assert len(unusual(of(500, 10, 10, 10, 10, 10, 200, redefined=(1,))) or ()) == 1


def test_a_step_over_a_longer_time_cannot_be_compared() -> None:
    sizes = (100, 100, 100, 100, 100, 100, 200)
    assert unusual(of(*sizes, days=(0, 1, 2, 3, 4, 5, 12))) is None
    assert len(unusual(of(*sizes, days=(0, 7, 8, 9, 10, 11, 18))) or ()) == 1


def test_a_segment_that_was_left_out_now_or_before_is_not_judged() -> None:
    assert unusual(of(100, 100, 100, 100, 100, 100, None, 200)) is None
    assert unusual(of(100, 100, 100, 100, 100, 100, 200, None)) is None


def test_the_furthest_beyond_comes_first() -> None:
    moments = of(*range(7)).moments
    sizes = {"near": (100, 100, 100, 100, 100, 100, 110), "far": (100, 100, 100, 100, 100, 100, 190)}
    assert [step.segment for step in unusual(Trend(moments, sizes)) or ()] == ["far", "near"]


def test_nothing_is_said_of_no_publications() -> None:
    assert unusual(Trend()) is None
