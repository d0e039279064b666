"""How many customers and members there are, against publications before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.events.quality.finding import Finding, Severity
from pipeline.publish.published import Publication
from pipeline.publish.record import Trend
from pipeline.publish.sizes import KNOWN, about_population, about_sizes, told_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CHANCE = "churn_probability"


def published(folder: Path, days_ago: float, customers: int, predicted: int = 0) -> Publication:
    """A publication of which only how many it tells of is looked at."""
    path = folder / f"{days_ago}"
    path.mkdir()
    chances = pa.array([0.5] * predicted + [None] * (customers - predicted), pa.float64())
    ids = [f"c{number}" for number in range(customers)]
    pq.write_table(pa.table({KNOWN: ids, CHANCE: chances}), path / "predictions.parquet", row_group_size=700)
    return Publication(path, {"publication_id": path.name, "as_of": (NOW - days_ago * DAY).isoformat()})


def told(folder: Path, before: list[int], now: int, *, days_ago: float = 1) -> list[Finding]:
    earlier = [published(folder, days_ago + place, count) for place, count in enumerate(reversed(before))]
    return list(about_population(earlier[::-1], {KNOWN: now}, NOW))


def test_it_is_told_of_how_many_customers_a_publication_tells_something(tmp_path: Path) -> None:
    one = published(tmp_path, 1, 1_500, 900)
    assert (told_of(one, KNOWN), told_of(one, CHANCE), told_of(one, "cluster")) == (1_500, 900, None)
    assert told_of(Publication(tmp_path / "gone", {}), KNOWN) is None


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        (2_000, None),
        (1_810, None),
        (1_790, "warning"),
        (1_490, "severe"),
        (2_490, None),
        (2_510, "warning"),
        (4_010, "severe"),
    ],
)
def test_a_collapse_and_a_jump_are_found(tmp_path: Path, now: int, severity: str | None) -> None:
    assert [one.severity for one in told(tmp_path, [1_990, 2_000], now)] == ([severity] if severity else [])


def test_the_sentence_says_how_many_there_were_when(tmp_path: Path) -> None:
    (one,) = told(tmp_path, [2_000], 1_000)
    assert one.sentence == "1,000 customers are known, 50.0 % fewer than the 2,000 of 2026-02-28."


def test_a_first_publication_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    assert told(tmp_path, [], 1_000) == []


def test_what_happens_to_a_shop_from_time_to_time_is_usual(tmp_path: Path) -> None:
    assert told(tmp_path, [1_000, 1_500, 1_490], 2_000) == []


def test_few_customers_may_be_fewer_by_chance(tmp_path: Path) -> None:
    assert told(tmp_path, [20], 12) == []


def test_a_publication_of_long_ago_was_of_a_smaller_shop(tmp_path: Path) -> None:
    assert told(tmp_path, [1_000], 1_600, days_ago=90) == []


def test_that_nobody_is_left_is_the_furthest_fall_of_all(tmp_path: Path) -> None:
    (one,) = told(tmp_path, [2_000, 2_000], 0)
    assert (one.severity, one.sentence) == (
        Severity.SEVERE,
        "0 customers are known, 100.0 % fewer than the 2,000 of 2026-02-28.",
    )
    again = published(tmp_path, 9, 2_000, 1_800)
    (one,) = about_population([again], {KNOWN: 1_000, CHANCE: 0}, NOW)
    assert one.figures["column"] == CHANCE


def test_of_several_columns_the_furthest_is_told(tmp_path: Path) -> None:
    earlier = [published(tmp_path, 1, 2_000, 1_800)]
    (one,) = about_population(earlier, {KNOWN: 1_700, CHANCE: 900, "cluster": 5}, NOW)
    assert (one.severity, one.sentence) == (
        Severity.SEVERE,
        "900 customers have a churn probability, 50.0 % fewer than the 1,800 of 2026-02-28.",
    )


def sizes(**last: int) -> Trend:
    """Eight nights on which each segment went up and down by two, and then came to this size."""
    moments = tuple(NOW - DAY * ago for ago in range(8, -1, -1))
    return Trend(moments, {name: (200, 202, 200, 198, 200, 202, 200, 200, size) for name, size in last.items()})


@pytest.mark.parametrize(
    ("size", "severity"), [(201, None), (190, "note"), (120, "note"), (90, "warning"), (10, "severe"), (450, "warning")]
)
def test_a_segment_matters_by_how_much_of_it_came_or_went(size: int, severity: str | None) -> None:
    assert [one.severity for one in about_sizes(sizes(vip=size), {})] == ([severity] if severity else [])


def test_all_are_told_in_one_finding_by_their_titles() -> None:
    (one,) = about_sizes(sizes(vip=300, loyal=190, new=201), {"vip": "Best customers"})
    assert one.sentence == (
        "Beyond what is usual from one publication to the next: Best customers from 200 to 300 and loyal from 200 to "
        "190."
    )
    assert one.figures["vip"] == {"size": 300, "change": 100, "usual": [-2, 2]}


def test_many_that_moved_at_once_are_a_warning_and_the_rest_is_counted() -> None:
    (one,) = about_sizes(sizes(**{f"s{number}": 220 for number in range(6)}, calm=200), {})
    assert one.severity is Severity.WARNING
    assert one.sentence.endswith("s3 from 200 to 220, and 2 more.")
