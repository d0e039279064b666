import numpy as np
import pytest

from models.judging.decile_intervals import decile_intervals

NAMES = ["observed", "lift", "captured_share_so_far"]


def simulated(count, seed):
    random = np.random.default_rng(seed)
    predicted = random.random(count)
    return predicted, (random.random(count) < predicted).astype(float)


def customers(count):
    return np.array([f"c{number}" for number in range(count)], dtype=object)


def test_every_tenth_of_enough_customers_has_an_interval_about_its_figure():
    predicted, actual = simulated(3000, 0)
    found = decile_intervals(predicted, actual, customers(3000), seed=0, resamples=200)
    order = np.argsort(-predicted)
    assert len(found) == 10
    for place, intervals in enumerate(found):
        assert list(intervals) == NAMES
        observed = actual[order[place * 300 : (place + 1) * 300]].mean()
        assert intervals["observed"].low < observed < intervals["observed"].high
        assert intervals["lift"].low < observed / actual.mean() < intervals["lift"].high
    assert (found[9]["captured_share_so_far"].low, found[9]["captured_share_so_far"].high) == pytest.approx((1, 1))


def test_the_interval_is_as_wide_as_chance():
    predicted, actual = np.linspace(1, 0, 4000), np.tile([0.0, 1.0], 2000)
    first = decile_intervals(predicted, actual, customers(4000), seed=0, resamples=400)[0]["observed"]
    assert first.high - first.low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 400), rel=0.2)


def test_rows_of_the_same_customer_are_drawn_together():
    predicted, actual = np.linspace(1, 0, 8000), np.tile([0.0, 0.0, 1.0, 1.0], 2000)
    alone = decile_intervals(predicted, actual, customers(8000), seed=0, resamples=200)[0]["observed"]
    twice = np.repeat(customers(4000), 2)
    paired = decile_intervals(predicted, actual, twice, seed=0, resamples=200)[0]["observed"]
    assert paired.high - paired.low > 1.2 * (alone.high - alone.low)


def test_tenths_of_under_200_customers_have_none():
    predicted, actual = simulated(1990, 1)
    found = decile_intervals(predicted, actual, customers(1990), seed=0, resamples=20)
    assert found == tuple({} for _ in range(10))
