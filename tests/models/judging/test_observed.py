"""Intervals of means and of their differences, beside figures of the papers and what drawing again gives."""

import numpy as np
import pytest

from models.judging.observed import LEAST, mean_difference, mean_interval


def truths(yes, count):
    return np.repeat([1.0, 0.0], [yes, count - yes])


@pytest.mark.parametrize(
    ("yes", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (29, 29, 0.8830, 1.0)],
)
def test_the_interval_of_a_share_is_the_published_one(yes, count, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    found = mean_interval(truths(yes, count), shares=True)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((30, 98), (15, 120), 0.0723, 0.2896)],
)
def test_the_interval_of_a_difference_of_shares_is_newcombes(one, other, low, high):
    """The first is of Newcombe (1998), Statistics in Medicine 17, 873-890, table II (a), method 10."""
    found = mean_difference(truths(*one), truths(*other), shares=True)
    assert found.difference == pytest.approx(one[0] / one[1] - other[0] / other[1])
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)


def test_of_a_few_no_interval_is_told():
    few, enough = truths(3, LEAST - 1), truths(3, LEAST)
    assert mean_interval(few, shares=True) is None
    assert mean_interval(enough, shares=True) is not None
    assert mean_difference(few, enough, shares=True) is None
    assert mean_difference(enough, few, shares=False) is None


def test_amounts_lie_in_their_intervals_as_often_as_is_said():
    random = np.random.default_rng(1)
    draws = [(random.gamma(2, 50, 40), random.gamma(2, 60, 300)) for _ in range(400)]
    gaps = [mean_difference(one, other, shares=False) for one, other in draws]
    assert 0.92 < np.mean([gap.low < 100 - 120 < gap.high for gap in gaps]) < 0.98
    ends = [mean_interval(one, shares=False) for one, _ in draws]
    assert 0.91 < np.mean([end.low < 100 < end.high for end in ends]) < 0.98
