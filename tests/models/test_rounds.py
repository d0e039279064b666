from dataclasses import replace

import pytest

from models.examples import Examples
from models.folds import LEAST_ROWS
from models.rounds import TRIED, with_best_rounds
from models.rows import Rows
from models.trees import SLOWLY
from tests.models.shop import CHURN, cut_offs, shop

HASTY = replace(SLOWLY, learning_rate=0.5, leaves=31, rows_per_leaf=5, ridge=0.0, rounds=300)


def rows_of(examples: Examples) -> Rows:
    return Rows(CHURN, examples, examples.label, seed=0)


def test_trees_that_learn_by_heart_are_stopped_early(past: Examples) -> None:
    chosen = with_best_rounds(rows_of(past), HASTY, 1)
    assert chosen == replace(HASTY, rounds=min(TRIED))
    assert with_best_rounds(rows_of(past), HASTY, 1) == chosen


def test_without_clear_evidence_the_usual_rounds_stay(past: Examples) -> None:
    usual = replace(SLOWLY, rounds=100)
    assert with_best_rounds(rows_of(past), usual, 1) == usual


@pytest.mark.parametrize("few", [shop(2500, cut_offs(1)), shop(LEAST_ROWS, cut_offs(4))], ids=["one moment", "few"])
def test_too_few_to_judge_by_leave_the_usual_rounds(few: Examples) -> None:
    assert with_best_rounds(rows_of(few), HASTY, 1) == HASTY
