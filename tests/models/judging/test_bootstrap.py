import numpy as np
import pytest

from models.judging.bootstrap import calibration_difference, draws, figure_intervals
from models.tasks import TaskKind

KIND = TaskKind.PROBABILITY


def customers(count):
    return np.array([f"c{number:04}" for number in range(count)], dtype=object)


def simulated(count, seed):
    random = np.random.default_rng(seed)
    predicted = random.beta(2, 3, count)
    return predicted, (random.random(count) < predicted).astype(float)


def test_a_customer_is_drawn_with_all_its_rows():
    who = np.array(["b", "a", "b", "c", "a"], dtype=object)
    for weights in draws(who, seed=0, resamples=20):
        assert weights[0] == weights[2]
        assert weights[1] == weights[4]
        assert weights[[0, 1, 3]].sum() == 3


def test_an_interval_holds_its_figure_and_narrows_with_customers():
    few, many = (
        figure_intervals(*simulated(count, 1), customers(count), KIND, seed=0, resamples=200) for count in (300, 3000)
    )
    for name in ("roc_auc", "average_precision", "log_loss", "brier", "lift_top_decile"):
        assert few[name].low < few[name].high
        assert many[name].high - many[name].low < 0.5 * (few[name].high - few[name].low)


def test_95_of_a_hundred_intervals_of_the_auc_hold_the_truth():
    truth = figure_truth()
    held = 0
    for seed in range(60):
        interval = figure_intervals(*simulated(400, seed), customers(400), KIND, seed=0, resamples=150)["roc_auc"]
        held += interval.low <= truth <= interval.high
    assert held >= 52


def figure_truth():
    predicted, actual = simulated(200_000, 99)
    order = np.argsort(predicted)
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    wins = actual.sum()
    return (ranks[actual > 0].sum() - wins * (wins + 1) / 2) / (wins * (len(actual) - wins))


def test_the_interval_of_the_calibration_error_lies_about_the_error_and_not_above_it():
    predicted, actual = simulated(2000, 5)
    off = predicted**2
    interval = figure_intervals(off, actual, customers(2000), KIND, seed=0, resamples=200)["ece"]
    gaps = np.array_split(np.argsort(off, kind="stable"), 10)
    ece = sum(abs(off[group].sum() - actual[group].sum()) for group in gaps) / 2000
    assert interval.low < ece < interval.high
    assert interval.low > 0.1


def test_the_better_calibrated_of_two_is_so_beyond_noise():
    predicted, actual = simulated(3000, 6)
    gap = calibration_difference(predicted, predicted**2, actual, customers(3000), KIND, seed=0, resamples=200)
    assert gap.high < 0
    back = calibration_difference(predicted**2, predicted, actual, customers(3000), KIND, seed=0, resamples=200)
    assert back.difference == pytest.approx(-gap.difference)
    alike = calibration_difference(predicted, predicted, actual, customers(3000), KIND, seed=0, resamples=50)
    assert (alike.difference, alike.low, alike.high) == (0, 0, 0)


def test_the_intervals_of_an_amount_are_of_its_own_figures():
    random = np.random.default_rng(7)
    actual = random.gamma(1, 30, 500)
    found = figure_intervals(
        actual * random.lognormal(0, 0.3, 500), actual, customers(500), TaskKind.AMOUNT, seed=0, resamples=50
    )
    assert list(found) == ["mae", "spearman", "gini", "total_ratio", "captured_top_decile"]
    assert found["gini"].low < found["gini"].high < 1
    assert found["total_ratio"].low < 1.06 < found["total_ratio"].high + 0.05


def test_a_difference_can_be_said_in_a_sentence():
    predicted, actual = simulated(200, 8)
    gap = calibration_difference(predicted, 1 - predicted, actual, customers(200), KIND, seed=0, resamples=20)
    assert str(gap).startswith(f"difference {gap.difference:+.3f} (95 % interval ")
