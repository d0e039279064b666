import numpy as np
import pytest

from models.category.evaluation import by_row, differences, evaluate_ranking, intervals

CHANCES = np.array([[0.6, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.5, 0.4, 0.3, 0.2], [0.4, 0.3, 0.2, 0.1]])
BOUGHT = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=float)
WHO = np.array(["ann", "bob", "cid", "dot"], dtype=object)


def test_hits_and_places_are_those_of_customers_who_bought():
    found = evaluate_ranking(CHANCES, CHANCES, BOUGHT)
    assert found["n"] == 4
    assert found["buyers"] == 3
    assert found["hit_rate_1"] == pytest.approx(1 / 3)
    assert found["hit_rate_3"] == pytest.approx(2 / 3)
    assert found["mrr"] == pytest.approx((1 + 1 / 4 + 1 / 2) / 3)
    assert found["total_ratio"] == pytest.approx(CHANCES.sum() / 4)


def test_log_loss_is_over_all_customers_and_categories():
    expected = -np.mean(np.where(BOUGHT > 0, np.log(CHANCES), np.log(1 - CHANCES)))
    assert evaluate_ranking(CHANCES, CHANCES, BOUGHT)["log_loss"] == pytest.approx(expected)


def test_a_ranking_of_which_nobody_bought_anything_has_no_hits():
    found = evaluate_ranking(CHANCES, CHANCES, np.zeros_like(BOUGHT))
    assert np.isnan([found["hit_rate_1"], found["hit_rate_3"], found["mrr"], found["total_ratio"]]).all()
    assert found["log_loss"] > 0


def test_a_difference_is_between_the_same_customers():
    random = np.random.default_rng(0)
    bought = np.eye(4)[random.integers(0, 4, 400)]
    good, poor = (by_row(score, np.full((400, 4), 0.25), bought) for score in (bought, random.random((400, 4))))
    who = np.array([f"c{number}" for number in range(400)], dtype=object)
    found = differences(good, poor, who, seed=0, resamples=100)
    gap = found["hit_rate_1"]
    assert gap.difference == pytest.approx(0.75, abs=0.07)
    assert gap.low < gap.difference < gap.high
    assert gap.low > 0.6
    assert found["log_loss"].difference == 0


def test_one_customers_rows_are_drawn_together():
    rows = by_row(np.tile(CHANCES[:2], (50, 1)), np.tile(CHANCES[:2], (50, 1)), np.tile(BOUGHT[:2], (50, 1)))
    two, many = (np.tile(WHO[:2], 50), np.array([f"c{number}" for number in range(100)], dtype=object))
    narrow, wide = (intervals(rows, who, seed=0, resamples=100)["hit_rate_1"] for who in (many, two))
    assert wide == (0, 1)
    assert 0.3 < narrow[0] < narrow[1] < 0.7
