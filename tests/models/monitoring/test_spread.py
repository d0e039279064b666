import json

import numpy as np
import pytest

from models.monitoring.spread import Spread, spread_of

NORMAL = np.random.default_rng(0).normal(size=5_000)


def test_values_are_counted_by_tenths_and_those_without_one_apart() -> None:
    values = np.r_[np.arange(1.0, 101.0), np.full(20, np.nan)]
    assert spread_of(values, {}).counts == (20, *([10] * 10))


def test_a_value_that_many_share_has_a_bin_of_its_own() -> None:
    """Most customers did not order: what the others spent is not lost in one bin with them."""
    spent = np.r_[np.zeros(900), np.arange(1.0, 101.0)]
    spread = spread_of(spent, {})
    assert spread.counts[:2] == (0, 900)
    assert len(spread.counts) == 12


def test_values_beyond_all_that_was_seen_lie_in_the_last_bins() -> None:
    spread = spread_of(np.arange(100.0), {})
    counted = spread.count(np.array([-1e9, 1e9, np.nan]))
    assert (counted[0], counted[1], counted[-1]) == (1, 1, 1)


def test_a_column_without_any_value_has_one_bin_beside_the_empty_one() -> None:
    assert spread_of(np.full(5, np.nan), {}).counts == (5, 0)


def test_what_moves_every_month_is_usual() -> None:
    """A tenure that grows by half a deviation a month; after a month and a half, the two months' way stands."""
    spread = spread_of(NORMAL + 1.0, {30.0: NORMAL + 0.5, 60.0: NORMAL})
    one, two = spread.distance(spread.count(NORMAL + 1.5)), spread.distance(spread.count(NORMAL + 2.0))
    assert spread.usual_after(3) == spread.usual_after(30) == pytest.approx(one, rel=0.05)
    assert spread.usual_after(45) == spread.usual_after(60) == pytest.approx(two, rel=0.05)


def test_what_everybody_shares_moves_as_far_before_as_after() -> None:
    """Days since Christmas: all customers within a few days, none of whom lies in a bin of another month."""
    days = np.random.default_rng(0).integers(0, 5, 2_000).astype(np.float64)
    spread = spread_of(days + 90, {30.0: days + 60, 60.0: days + 30})
    assert spread.distance(spread.count(days + 120)) <= 1.1 * spread.usual_after(30)


def test_a_trend_goes_on_beyond_what_was_seen() -> None:
    spread = Spread((0.0,), (0, 5, 5), ((30.0, 0.1),))
    assert spread.usual_after(90) == pytest.approx(0.9)


def test_nothing_is_usual_where_there_is_but_one_moment() -> None:
    assert spread_of(NORMAL, {}).usual_after(10) == 0


def test_it_is_the_same_after_a_night_on_disk() -> None:
    spread = spread_of(np.r_[NORMAL, np.nan], {30.0: NORMAL})
    assert Spread.from_dict(json.loads(json.dumps(spread.as_dict()))) == spread
