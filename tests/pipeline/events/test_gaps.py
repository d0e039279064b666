from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.gaps import EVERY_TYPE, HALVED, SILENT, Gap, known_gaps, overlaps, remember
from pipeline.events.store import Store
from pipeline.events.tables import GAPS
from tests.rows import AS_OF, days_before

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def gap(started, ended=None, event_type="page_viewed", kind=SILENT):
    """A gap between so many days before AS_OF; it lasts without an end."""
    ends = None if ended is None else days_before(ended)
    return Gap(event_type, kind, days_before(started), ends, 100.0, 0.0)


def rows(store):
    return store.engine.execute(store.read(GAPS).count())


def test_a_store_that_was_never_looked_at_knows_no_gaps(store):
    assert known_gaps(store, AS_OF) == ()


def test_a_gap_is_known_after_the_moment_at_which_it_was_found(store):
    remember(store, [gap(9, 8)], days_before(1))
    assert known_gaps(store, days_before(1)) == ()
    assert known_gaps(store, days_before(1) + MICROSECOND) == (gap(9, 8),)


def test_what_is_known_is_not_written_again(store):
    assert remember(store, [gap(9, 8)], days_before(3)) == 1
    assert remember(store, [gap(9, 8)], days_before(3)) == 0
    assert remember(store, [gap(9, 8)], days_before(2)) == 0
    assert rows(store) == 1


def test_a_gap_that_ended_or_proved_worse_is_told_anew_and_the_newest_word_counts(store):
    remember(store, [gap(9)], days_before(5))
    remember(store, [gap(9, 4)], days_before(3))
    assert known_gaps(store, days_before(4)) == (gap(9),)
    assert known_gaps(store, AS_OF) == (gap(9, 4),)


def test_a_gap_that_late_events_filled_was_none(store):
    remember(store, [gap(9), gap(30, 29)], days_before(5))
    assert remember(store, [gap(30, 29)], days_before(3)) == 1
    assert known_gaps(store, AS_OF) == (gap(30, 29),)
    assert known_gaps(store, days_before(4)) == (gap(30, 29), gap(9))
    assert remember(store, [gap(30, 29)], days_before(2)) == 0
    assert remember(store, [gap(9), gap(30, 29)], days_before(1)) == 1
    assert known_gaps(store, AS_OF) == (gap(30, 29), gap(9))


@pytest.mark.parametrize(
    ("gaps", "share"),
    [
        ([], 0.0),
        ([gap(8, 6)], 0.2),
        ([gap(12, 9)], 0.1),
        ([gap(1, -5)], 0.1),
        ([gap(3)], 0.3),
        ([gap(20, 10)], 0.0),
        ([gap(0, -2)], 0.0),
        ([gap(8, 6), gap(7, 5)], 0.3),
        ([gap(8, 6), gap(8, 7)], 0.2),
        ([gap(8, 6, "searched")], 0.0),
        ([gap(8, 6, EVERY_TYPE)], 0.2),
        ([gap(8, 6), gap(5, 4, "order_placed", HALVED)], 0.3),
    ],
)
def test_the_share_of_a_span_in_which_a_type_was_not_fully_heard(gaps, share):
    assert overlaps(gaps, {"page_viewed", "order_placed"}, days_before(10), AS_OF) == pytest.approx(share)


def test_only_the_kinds_asked_for_count_and_an_empty_span_has_none():
    assert overlaps([gap(8, 6, kind=HALVED)], {"page_viewed"}, days_before(10), AS_OF, kinds=(SILENT,)) == 0
    assert overlaps([gap(8)], {"page_viewed"}, AS_OF, AS_OF) == 0


@given(spans=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=6))
def test_the_share_is_that_of_the_days_counted_one_by_one(spans):
    gaps = [gap(max(span), min(span)) for span in spans]
    heard_of = sum(any(max(span) > day >= min(span) for span in spans) for day in range(10))
    assert overlaps(gaps, {"page_viewed"}, days_before(10), AS_OF) == pytest.approx(heard_of / 10)
