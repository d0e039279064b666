from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from models.examples import Examples, pool
from models.season import A_YEAR, LEAST_HISTORY, SLOPES, level_shift, season_before, season_known, season_line
from models.tasks import TaskKind
from models.training import train
from tests.models.shop import AS_OF, CHURN, SPEND, cut_offs, shop


def test_a_shift_brings_the_mean_probability_to_what_came():
    score, actual = np.array([-1.0, 0.0, 2.0]), np.array([0.0, 0.0, 1.0])
    shifted = 1 / (1 + np.exp(-(score + level_shift(score, actual, TaskKind.PROBABILITY))))
    assert shifted.mean() == pytest.approx(1 / 3)


@pytest.mark.parametrize("came", [0.0, 1.0])
def test_a_season_in_which_all_or_none_did_it_still_has_a_level(came):
    assert np.isfinite(level_shift(np.array([-1.0, 0.0, 2.0]), np.full(3, came), TaskKind.PROBABILITY))


def test_a_shift_brings_the_total_of_amounts_to_what_came():
    score = np.log([10.0, 30.0])
    assert np.exp(score + level_shift(score, np.array([0.0, 80.0]), TaskKind.AMOUNT)).sum() == pytest.approx(80)


@pytest.mark.parametrize(("true_slope", "told"), [(0.7, 0.7), (1.4, SLOPES[1]), (-0.5, SLOPES[0])])
def test_a_season_draws_scores_together_and_never_turns_them_round(true_slope, told):
    random = np.random.default_rng(0)
    score = random.normal(scale=2, size=20_000)
    actual = (random.random(20_000) < 1 / (1 + np.exp(-true_slope * score - 0.8))).astype(float)
    slope, shift = season_line(score, actual, TaskKind.PROBABILITY)
    assert slope == pytest.approx(told, abs=0.03)
    assert (1 / (1 + np.exp(-slope * score - shift))).mean() == pytest.approx(actual.mean())


@pytest.mark.parametrize(("true_shift", "told"), [(0.05, 0.0), (0.2, 0.2)])
def test_a_season_that_hardly_moves_the_level_is_none(true_shift, told):
    score = np.linspace(-3, 3, 20_000)
    came = (np.random.default_rng(0).random(20_000) < 1 / (1 + np.exp(-score - true_shift))).astype(float)
    slope, shift = season_line(score, came, TaskKind.PROBABILITY)
    assert shift == pytest.approx(told, abs=0.05 if told else 0)
    assert told or slope == 1


def test_amounts_are_shifted_alone():
    assert season_line(np.log([10.0, 30.0]), np.array([0.0, 80.0]), TaskKind.AMOUNT) == (1, pytest.approx(np.log(2)))


@pytest.mark.parametrize(("short_by", "known"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_a_season_is_known_when_the_log_reaches_half_a_year_before_it(short_by, known):
    assert season_known(AS_OF, AS_OF - A_YEAR - LEAST_HISTORY + short_by) is known


def christmas(task):
    """Examples of a year ago in which a third of the others left too, or all spent twice as much."""
    rows = shop(1200, [season_before(AS_OF)], task=task, seed=5)
    extra = np.random.default_rng(1).random(len(rows)) < 1 / 3
    label = np.maximum(rows.label, extra) if task is CHURN else rows.label * 2
    return Examples(rows.matrix, label.astype(float))


@pytest.mark.parametrize("task", [CHURN, SPEND], ids=lambda task: task.name)
def test_the_same_season_a_year_before_sets_the_level_and_not_the_order(task):
    past = shop(1200, cut_offs(4), task=task)
    season = christmas(task)
    plain = train(task, past, as_of=AS_OF, seed=0)
    seasonal = train(task, pool([season, past]), as_of=AS_OF, seed=0, stack=4)
    assert plain.card.season_shift is None
    assert replace(seasonal.card, season_shift=None, season_slope=None) == plain.card
    assert seasonal.predict(season.matrix).mean() == pytest.approx(season.label.mean(), rel=1e-6)
    assert (np.argsort(seasonal.score(past.matrix)) == np.argsort(plain.score(past.matrix))).all()


def test_a_handful_of_customers_a_year_ago_set_no_level():
    past = shop(1200, cut_offs(4))
    few = christmas(CHURN)
    few = few.where(np.arange(len(few)) < 100)
    assert train(CHURN, pool([few, past]), as_of=AS_OF, seed=0, stack=4).card.season_shift is None
