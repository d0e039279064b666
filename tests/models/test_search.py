from dataclasses import replace
from pathlib import Path

import pytest

from models.artefacts import load_model, save_model
from models.examples import Examples
from models.model import Model
from models.rows import Rows
from models.search import Search, find_growth
from models.training import train
from models.trees import SLOWLY
from tests.models.shop import AS_OF, CHURN, cut_offs, shop

CLUMSY = replace(SLOWLY, rounds=300, learning_rate=0.5, leaves=31, rows_per_leaf=5, ridge=0.0)
BRIEF = Search(trials=4)


@pytest.fixture(scope="module")
def rows(past: Examples) -> Rows:
    return Rows(CHURN, past, past.label, seed=0)


def test_a_clearly_better_way_of_growing_is_taken_and_found_again(rows: Rows) -> None:
    found = find_growth(rows, CLUMSY, BRIEF, 1)
    assert found is not None
    assert found.kept
    assert found.trials == BRIEF.trials
    assert found.best_loss < found.usual_loss
    assert found.growth != CLUMSY
    assert find_growth(rows, CLUMSY, BRIEF, 1) == found


def test_the_usual_way_stays_where_nothing_is_clearly_better(rows: Rows) -> None:
    found = find_growth(rows, replace(SLOWLY, rounds=100), Search(trials=1), 1)
    assert found is not None
    assert not found.kept
    assert found.growth == replace(SLOWLY, rounds=100)


def test_no_trial_begins_after_the_time_is_up(rows: Rows) -> None:
    found = find_growth(rows, SLOWLY, Search(trials=1000, seconds=0.2), 1)
    assert found is not None
    assert 1 <= found.trials < 100


def test_too_few_rows_to_judge_by_are_not_searched() -> None:
    few = shop(500, cut_offs(2))
    assert find_growth(Rows(CHURN, few, few.label, seed=0), SLOWLY, BRIEF, 1) is None


def test_the_card_keeps_what_a_search_found(past: Examples, churn: Model, tmp_path: Path) -> None:
    model = train(CHURN, past, as_of=AS_OF, seed=0, search=Search(trials=1))
    assert churn.card.searched is None
    assert model.card.searched is not None
    assert model.card.rounds == model.card.searched.growth.rounds
    save_model(tmp_path, model, {})
    assert load_model(tmp_path).card == model.card
