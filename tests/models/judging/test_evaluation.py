import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from models.judging.bootstrap import ranking_difference
from models.judging.evaluation import (
    calibration_noise,
    calibration_slope,
    distribution,
    evaluate,
    expected_calibration_error,
    reliability,
)
from models.judging.ranking import gini, rank
from models.tasks import TaskKind

PREDICTED = np.array([0.9, 0.8, 0.6, 0.4, 0.3, 0.1])
ACTUAL = np.array([1.0, 0, 1, 1, 0, 0])
AMOUNTS = np.array([10.0, 0, 30, 0, 20, 40])
EXPECTED = np.array([20.0, 5, 40, 10, 15, 10])


def test_the_metrics_of_six_rows_are_those_worked_out_by_hand() -> None:
    figures = evaluate(PREDICTED, ACTUAL, TaskKind.PROBABILITY)
    assert figures["n"] == 6
    assert figures["base_rate"] == 0.5
    assert figures["roc_auc"] == pytest.approx(7 / 9)  # of nine pairs, .6 and .4 stand under .8
    assert figures["average_precision"] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert figures["brier"] == pytest.approx((0.01 + 0.64 + 0.16 + 0.36 + 0.09 + 0.01) / 6)
    assert figures["ece"] == pytest.approx((0.1 + 0.8 + 0.4 + 0.6 + 0.3 + 0.1) / 6)
    assert figures["lift_top_decile"] == pytest.approx(2)


def test_the_keys_are_exactly_those_promised() -> None:
    assert list(evaluate(PREDICTED, ACTUAL, TaskKind.PROBABILITY)) == [
        "n", "base_rate", "roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile",
    ]  # fmt: skip
    assert list(evaluate(EXPECTED, AMOUNTS, TaskKind.AMOUNT)) == [
        "n", "mean_actual", "mae", "spearman", "gini", "total_ratio", "captured_top_decile",
    ]  # fmt: skip


def test_the_figures_of_an_amount_are_those_worked_out_by_hand() -> None:
    figures = evaluate(EXPECTED, AMOUNTS, TaskKind.AMOUNT)
    assert figures["mean_actual"] == pytest.approx(100 / 6)
    assert figures["mae"] == pytest.approx((10 + 5 + 10 + 10 + 5 + 30) / 6)
    assert figures["total_ratio"] == 1
    assert figures["captured_top_decile"] == 0.3
    assert figures["spearman"] == pytest.approx(spearmanr(EXPECTED, AMOUNTS)[0])


def test_probability_metrics_agree_with_scikit_learn_on_ties_too() -> None:
    random = np.random.default_rng(1)
    predicted = random.integers(1, 20, 500) / 20
    actual = (random.random(500) < predicted).astype(float)
    figures = evaluate(predicted, actual, TaskKind.PROBABILITY)
    assert figures["roc_auc"] == pytest.approx(roc_auc_score(actual, predicted))
    assert figures["average_precision"] == pytest.approx(average_precision_score(actual, predicted))
    assert figures["log_loss"] == pytest.approx(log_loss(actual, predicted))
    assert figures["brier"] == pytest.approx(brier_score_loss(actual, predicted))
    assert rank(predicted).auc(actual, np.ones(500)) == pytest.approx(roc_auc_score(actual, predicted))


def test_a_weighted_auc_is_the_auc_of_repeated_rows() -> None:
    weights = np.array([1, 0, 3, 2, 1, 2])
    repeated = roc_auc_score(np.repeat(ACTUAL, weights), np.repeat(PREDICTED, weights))
    assert rank(PREDICTED).auc(ACTUAL, weights.astype(float)) == pytest.approx(repeated)


def test_one_class_alone_has_no_auc_and_no_lift() -> None:
    figures = evaluate(PREDICTED, np.zeros(6), TaskKind.PROBABILITY)
    assert np.isnan(figures["roc_auc"])
    assert np.isnan(figures["lift_top_decile"])


def test_gini_is_one_for_the_amounts_themselves_and_minus_one_backwards() -> None:
    assert gini(AMOUNTS, AMOUNTS) == pytest.approx(1)
    assert gini(-AMOUNTS, AMOUNTS) == pytest.approx(-1)
    assert gini(np.ones(6), AMOUNTS) == pytest.approx(0)


def test_bins_hold_equal_numbers_lowest_first() -> None:
    bins = reliability(PREDICTED, ACTUAL, bins=2)
    assert [(round(group.predicted, 3), round(group.observed, 3), group.n) for group in bins] == [
        (0.267, 0.333, 3),
        (0.767, 0.667, 3),
    ]


def test_perfect_probabilities_have_the_calibration_error_that_noise_predicts() -> None:
    random = np.random.default_rng(2)
    predicted = random.uniform(0.1, 0.9, 2000)
    errors = [
        expected_calibration_error(predicted, (random.random(2000) < predicted).astype(float)) for _ in range(200)
    ]
    assert np.mean(errors) == pytest.approx(calibration_noise(predicted), rel=0.1)


def test_the_bootstrap_finds_a_real_difference_and_none_in_a_copy() -> None:
    random = np.random.default_rng(3)
    predicted = random.random(3000)
    actual = (random.random(3000) < predicted).astype(float)
    noisy = predicted + random.normal(0, 0.5, 3000)
    customers = np.array([f"c{number % 1500}" for number in range(3000)], dtype=object)
    gap = ranking_difference(predicted, noisy, actual, customers, TaskKind.PROBABILITY, seed=0)
    copy = ranking_difference(predicted, predicted, actual, customers, TaskKind.PROBABILITY, seed=0)
    expected = roc_auc_score(actual, predicted) - roc_auc_score(actual, noisy)
    assert 0 < gap.low < gap.difference < gap.high
    assert gap.difference == pytest.approx(expected)
    assert (copy.difference, copy.low, copy.high) == (0, 0, 0)


def test_the_bootstrap_draws_customers_and_not_rows() -> None:
    random = np.random.default_rng(4)
    predicted, actual = random.random(300), (random.random(300) < 0.5).astype(float)
    other = random.random(300)
    alone = np.array([f"c{number}" for number in range(300)], dtype=object)
    once = ranking_difference(predicted, other, actual, alone, TaskKind.PROBABILITY, seed=0)
    four_times = ranking_difference(
        np.tile(predicted, 4), np.tile(other, 4), np.tile(actual, 4), np.tile(alone, 4), TaskKind.PROBABILITY, seed=0
    )
    assert (once.low, once.high) == pytest.approx((four_times.low, four_times.high))


def test_the_slope_is_one_for_probabilities_that_are_right_and_lower_for_those_that_are_too_sure() -> None:
    random = np.random.default_rng(5)
    scores = random.normal(0, 1.2, 20_000)
    actual = (random.random(20_000) < 1 / (1 + np.exp(-scores))).astype(float)
    assert calibration_slope(1 / (1 + np.exp(-scores)), actual) == pytest.approx(1, abs=0.05)
    assert calibration_slope(1 / (1 + np.exp(-2 * scores)), actual) == pytest.approx(0.5, abs=0.03)


def test_one_class_or_one_prediction_has_no_slope() -> None:
    assert np.isnan(calibration_slope(PREDICTED, np.ones(6)))
    assert np.isnan(calibration_slope(np.full(6, 0.3), ACTUAL))


def test_bars_count_every_prediction_once_and_the_last_holds_the_long_tail() -> None:
    bars = distribution(np.array([0.11, 0.12, 0.41, 0.96, 1.0]), TaskKind.PROBABILITY)
    assert [(round(bar.low, 2), round(bar.high, 2), bar.n) for bar in bars if bar.n] == [
        (0.1, 0.15, 2),
        (0.4, 0.45, 1),
        (0.95, 1.0, 2),
    ]
    amounts = distribution(np.append(np.arange(100.0), 10_000.0), TaskKind.AMOUNT)
    assert sum(bar.n for bar in amounts) == 101
    assert amounts[-1].high < 200
    assert [bar.n for bar in distribution(np.zeros(5), TaskKind.AMOUNT)][:1] == [5]
