from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from models.artefacts import load_model, save_model
from models.examples import Examples, pool
from models.judging.evaluation import evaluate
from models.model import Model
from models.orders.btyd import READ
from models.orders.carrying_over import carried_over, learnable_horizon
from models.tasks import Task, TaskKind
from models.training import train
from pipeline.errors import ModelError, NotEnoughDataError
from tests.models.orders.test_foresight import at
from tests.models.shop import AS_OF, CHURN

SHORT = replace(CHURN, horizon=timedelta(days=30))
DAYS = 30.0


@pytest.fixture(scope="module")
def learned() -> Examples:
    return pool([at(ago, DAYS) for ago in (150.0, 120.0)])


@pytest.fixture(scope="module")
def short(learned: Examples) -> Model:
    return train(SHORT, learned, as_of=AS_OF, seed=0)


@pytest.fixture(scope="module")
def long(short: Model, learned: Examples) -> Model:
    return carried_over(short, CHURN, learned)


def test_a_longer_horizon_is_told_from_a_shorter_one(short: Model, long: Model) -> None:
    later = at(90, CHURN.horizon_days)
    raw, told = (evaluate(model.predict(later.matrix), later.label, TaskKind.PROBABILITY) for model in (short, long))
    assert raw["ece"] > 0.1
    assert told["ece"] < 0.05
    assert told["roc_auc"] > raw["roc_auc"] - 0.01


def test_the_card_says_what_was_done_and_how_far_off_it_may_be(short: Model, long: Model) -> None:
    assert (short.card.translated_from_days, short.card.translation_doubt) == (None, None)
    assert long.card.translated_from_days == DAYS
    assert long.card.translation_doubt is not None
    assert 0.1 < long.card.translation_doubt < 1
    assert long.task == CHURN
    assert set(long.features) >= set(READ)


def test_the_opposite_target_is_carried_the_opposite_way(learned: Examples, long: Model) -> None:
    bought = replace(CHURN, target="happened(order_placed)")
    opposite = Examples(learned.matrix, 1 - learned.label)
    model = train(replace(bought, horizon=SHORT.horizon), opposite, as_of=AS_OF, seed=0)
    told = carried_over(model, bought, opposite).predict(learned.matrix)
    assert told == pytest.approx(1 - long.predict(learned.matrix), abs=0.02)


def test_who_never_ordered_keeps_the_score(long: Model, short: Model, learned: Examples) -> None:
    values = learned.matrix.values.copy()
    values[0] = np.nan
    stranger = replace(learned.matrix, values=values).where(np.arange(len(learned)) == 0)
    assert long.score(stranger) == pytest.approx(short.score(stranger), abs=0)


def test_a_model_read_back_is_carried_over_as_far(long: Model, learned: Examples, tmp_path: Path) -> None:
    save_model(tmp_path, long, {})
    again = load_model(tmp_path)
    assert again.translation == long.translation
    assert again.card == long.card
    assert np.array_equal(again.predict(learned.matrix), long.predict(learned.matrix))


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (SHORT, "shorter horizon to start from, got one of 30 days"),
        (replace(CHURN, target="happened(order_placed)"), r"same otherwise, got one of never"),
    ],
    ids=["not longer", "another target"],
)
def test_what_cannot_be_carried_over_is_refused(task: Task, expected: str, short: Model, learned: Examples) -> None:
    with pytest.raises(ModelError, match=expected):
        carried_over(short, task, learned)


def test_a_target_that_is_not_about_orders_is_refused(short: Model, learned: Examples) -> None:
    seen = replace(CHURN, target="never(page_viewed)")
    with pytest.raises(ModelError, match="a target about orders"):
        carried_over(replace(short, task=replace(seen, horizon=SHORT.horizon)), seen, learned)


def test_too_few_orders_to_tell_horizons_apart_are_refused(short: Model, learned: Examples) -> None:
    few = learned.where(np.arange(len(learned)) < 20)
    with pytest.raises(NotEnoughDataError, match="got too few"):
        carried_over(short, CHURN, few)


@pytest.mark.parametrize(("days", "learnable"), [(273, 91), (269, 89), (900, 90), (270, 90)])
def test_a_third_of_a_short_log_can_be_learned(days: int, learnable: int) -> None:
    assert learnable_horizon(CHURN, AS_OF, AS_OF - timedelta(days=days)) == timedelta(days=min(learnable, 90))
