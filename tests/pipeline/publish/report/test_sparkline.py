"""The line of a segment's size: where its points stand, and what it says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.publish.record import Trend
from pipeline.publish.report.sparkline import EDGE, HEIGHT, WIDTH, sparkline
from pipeline.publish.report.wording import Wording

WORDS = Wording("GBP", ZoneInfo("UTC"))
MOMENTS = tuple(datetime(2010, 9, 1, tzinfo=UTC) + timedelta(days=day) for day in range(5))


def of(*sizes: int | None, redefined: tuple[int, ...] = ()) -> Trend:
    return Trend(MOMENTS[: len(sizes)], {"vip": sizes}, {"vip": redefined})


def test_the_lowest_stands_at_the_foot_and_the_highest_at_the_top() -> None:
    line = sparkline(of(10, 30, 20), "vip", WORDS)
    assert line is not None
    assert line.runs == (f"{EDGE},{HEIGHT - EDGE} {WIDTH / 2:g},{EDGE} {WIDTH - EDGE},{HEIGHT / 2:g}",)
    assert (line.first, line.lowest, line.highest) == ("10", "10", "30")


def test_a_publication_that_did_not_decide_it_breaks_the_line() -> None:
    line = sparkline(of(10, None, 30, 20), "vip", WORDS)
    assert line is not None
    assert [len(run.split()) for run in line.runs] == [2, 2]


def test_a_segment_left_out_this_time_has_no_end() -> None:
    line = sparkline(of(10, 20, 30, None), "vip", WORDS)
    assert line is not None
    assert line.end is None


def test_a_size_that_never_changes_is_a_line_in_the_middle() -> None:
    line = sparkline(of(7, 7, 7), "vip", WORDS)
    assert line is not None
    assert line.end == (WIDTH - EDGE, HEIGHT / 2)


def test_two_sizes_are_no_line() -> None:
    assert sparkline(of(10, 20), "vip", WORDS) is None
    assert sparkline(of(10, None, 20), "vip", WORDS) is None
    assert sparkline(Trend(), "vip", WORDS) is None


def test_it_says_the_same_in_words() -> None:
    line = sparkline(of(10, 1200, 20, redefined=(1,)), "vip", WORDS)
    assert line is not None
    told = "1 Sep 2010 to 3 Sep 2010: from 10 to 20; lowest 10 on 1 Sep, highest 1,200 on 2 Sep; redefined on 2 Sep"
    assert line.label == told
    assert line.redefined == (WIDTH / 2,)
