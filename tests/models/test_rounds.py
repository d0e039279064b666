from dataclasses import replace

import pytest

from models.examples import Examples
from models.folds import LEAST_ROWS
from models.rounds import TRIED, best_growth
from models.rows import Rows
from models.trees import AMPLY, SLOWLY
from tests.models.shop import CHURN, cut_offs, shop

HASTY = replace(SLOWLY, learning_rate=0.5, leaves=31, rows_per_leaf=5, ridge=0.0, rounds=300)


def rows_of(examples: Examples) -> Rows:
    return Rows(CHURN, examples, examples.label, seed=0)


def test_trees_that_learn_by_heart_are_stopped_early(past: Examples) -> None:
    chosen = best_growth(rows_of(past), HASTY, 1)
    assert chosen == replace(HASTY, rounds=min(TRIED))
    assert best_growth(rows_of(past), HASTY, 1) == chosen


def test_without_clear_evidence_the_usual_rounds_stay(past: Examples) -> None:
    usual = replace(SLOWLY, rounds=100)
    assert best_growth(rows_of(past), usual, 1) == usual


@pytest.mark.parametrize("moments", [1, 4])
def test_too_few_to_judge_by_leave_the_usual_rounds(moments: int) -> None:
    assert best_growth(rows_of(shop(LEAST_ROWS, cut_offs(moments))), HASTY, 1) == HASTY


def test_at_one_moment_other_customers_tell_what_was_learned_by_heart() -> None:
    assert best_growth(rows_of(shop(2500, cut_offs(1))), HASTY, 1) == replace(HASTY, rounds=min(TRIED))


def test_few_columns_that_tell_much_are_grown_amply(past: Examples) -> None:
    matrix = past.matrix
    silence, orders = matrix.column("days_since_last_order"), matrix.column("orders_365d")
    checkered = (silence // 20 + orders) % 2  # which many small steps tell, and few do not
    assert best_growth(Rows(CHURN, past, checkered, seed=0), SLOWLY, 1) == AMPLY
    assert best_growth(rows_of(past), SLOWLY, 1) == SLOWLY
