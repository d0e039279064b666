import numpy as np
import pytest

from models.horizon import Gaps, suggest_horizon
from pipeline.errors import NotEnoughDataError


def gaps(closed, still_open=()):
    days = np.array([*closed, *still_open], dtype=float)
    return Gaps(days, np.arange(len(days)) < len(closed))


def test_the_shortest_horizon_that_holds_four_fifths_of_the_repeat_orders_is_suggested():
    found = suggest_horizon(gaps([5] * 40 + [20] * 40 + [50] * 20, [100] * 50))
    assert found.horizon_days == 30
    assert found.within == pytest.approx({7: 0.4, 14: 0.4, 30: 0.8, 60: 1, 90: 1})
    assert found.repeated == pytest.approx(2 / 3)


@pytest.mark.parametrize(("quick", "days"), [(80, 30), (79, 60)])
def test_a_share_of_exactly_four_fifths_is_enough(quick, days):
    assert suggest_horizon(gaps([25] * quick + [50] * (100 - quick), [400] * 50)).horizon_days == days


def test_customers_who_never_return_are_counted_but_do_not_lengthen_the_horizon():
    found = suggest_horizon(gaps([20] * 100, [400] * 300))
    assert found.repeated == pytest.approx(0.25)
    assert (found.horizon_days, found.within[30]) == (30, 1)


def test_a_gap_still_open_is_neither_left_out_nor_taken_for_closed():
    """100 gaps end at 10 days; of 100 others, open at 40, nothing is known but that 100 more ended at 80."""
    told = gaps([10] * 100 + [80] * 100, [40] * 100)
    found = suggest_horizon(told)
    # A third ended by day 10. Of the two thirds that went on, half were lost from sight, all others ended on day 80.
    assert found.within[30] == pytest.approx(1 / 3)
    naive = np.mean(told.days[told.closed] <= 30)
    assert naive == 0.5


def test_no_share_is_given_for_a_horizon_longer_than_the_log_can_see():
    found = suggest_horizon(gaps([10] * 100, [45] * 100))
    assert list(found.within) == [7, 14, 30]
    assert found.watched_days == 45


def test_no_horizon_is_suggested_where_none_holds_enough():
    found = suggest_horizon(gaps(list(range(370, 520)), [600] * 60))
    assert found.horizon_days is None
    assert "None of the usual horizons" in found.in_words


def test_the_suggestion_says_in_words_which_share_comes_within_it():
    said = suggest_horizon(gaps([20] * 90 + [80] * 10, [100] * 100)).in_words
    assert "50% are followed by another within 100 days" in said
    assert "90% come within 30 days" in said


def test_too_few_repeat_orders_are_said_in_one_sentence():
    with pytest.raises(NotEnoughDataError, match="at least 100 orders by customers who had ordered before, got 99"):
        suggest_horizon(gaps([20] * 99, [30] * 500))
