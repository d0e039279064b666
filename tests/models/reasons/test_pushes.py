from dataclasses import replace

import numpy as np
import pytest

from models.examples import Examples
from models.link import link
from models.model import Model
from models.reasons.pushes import feature_pushes
from models.tasks import TaskKind
from models.training import train
from tests.models.shop import AS_OF, CHURN, cut_offs, shop


def test_the_pushes_of_a_probability_add_up_to_its_score(churn: Model, past: Examples) -> None:
    pushes, _ = feature_pushes(churn, past.matrix, threads=1)
    score = (churn.score(past.matrix) - churn.calibration.intercept) / churn.calibration.slope
    assert np.ptp(pushes.sum(axis=1) - score) == pytest.approx(0, abs=1e-6)


def test_a_thin_model_is_explained_by_its_linear_part_alone() -> None:
    few = shop(450, cut_offs(2))
    model = train(CHURN, few, as_of=AS_OF, seed=0)
    assert model.trees is None
    pushes, columns = feature_pushes(model, few.matrix, threads=1)
    assert columns == model.linear[0].columns
    linear = link(model.linear[0].predict(few.matrix), TaskKind.PROBABILITY)
    assert np.ptp(pushes.sum(axis=1) - linear) == pytest.approx(0, abs=1e-6)


def test_the_pushes_of_an_amount_go_with_its_logarithm(spend: Model, past: Examples) -> None:
    pushes, columns = feature_pushes(spend, past.matrix, threads=1)
    assert set(columns) == set(spend.features)
    assert np.corrcoef(pushes.sum(axis=1), spend.score(past.matrix))[0, 1] > 0.95


def test_a_feature_that_both_halves_read_has_one_push(churn: Model, past: Examples) -> None:
    _, columns = feature_pushes(churn, past.matrix, threads=1)
    assert "orders_365d" in columns
    assert len(columns) == len(set(columns))


def test_who_is_certain_to_spend_is_not_pushed_by_their_chance(spend: Model, past: Examples) -> None:
    """The chance of any spend cannot grow beyond one, whatever its features say."""
    often = past.matrix.where(past.matrix.column("orders_365d") > np.quantile(past.matrix.column("orders_365d"), 0.99))
    chance = replace(spend, trees=None, linear=spend.linear[:1])
    pushes, _ = feature_pushes(chance, often, threads=1)
    assert np.abs(pushes.sum(axis=1)).max() < 1
