import json
from dataclasses import replace

import numpy as np
import pytest

from models.category.backtest import backtest_category
from models.category.gate import decide_category
from models.category.model import CATEGORY
from models.category.training import train_category
from models.link import link, unlink
from models.tasks import TaskKind
from pipeline.errors import ModelError, NotEnoughDataError
from tests.models.category_shop import VOCABULARY, category_shop, moments, shuffled
from tests.models.shop import AS_OF

SHOP = category_shop(400, moments(4))
HOW = {"seed": 0, "vocabulary": VOCABULARY, "resamples": 100}


@pytest.fixture(scope="module")
def judged():
    return backtest_category(CATEGORY, SHOP, **HOW)


@pytest.fixture(scope="module")
def by_chance():
    return backtest_category(CATEGORY, shuffled(SHOP, 0), **HOW)


def test_every_cut_off_but_the_first_is_judged(judged):
    assert judged.cut_offs == tuple(moments(3))
    assert judged.metrics["n"] == 1200


def test_a_model_that_finds_what_no_rule_reads_beats_them_all_and_passes(judged):
    assert judged.metrics["hit_rate_1"] > 0.8
    assert all(gaps["hit_rate_1"].low > 0.1 for gaps in judged.differences.values())
    verdict = decide_category(judged, None, seasonal=True, seed=0)
    assert verdict.promote, verdict.reasons
    assert "It beats the best simple rule beyond noise: hit rate at 1" in verdict.reasons[0]


def test_figures_lie_within_their_intervals(judged):
    for name, (low, high) in judged.intervals.items():
        assert low <= judged.metrics[name] <= high
        assert high - low < 0.1


def test_from_shuffled_categories_nothing_is_learned_and_the_gate_refuses(by_chance):
    assert by_chance.metrics["hit_rate_1"] == pytest.approx(by_chance.baselines["most_popular"]["hit_rate_1"], abs=0.05)
    assert by_chance.differences["most_popular"]["log_loss"].low > -0.01
    verdict = decide_category(by_chance, None, seasonal=True, seed=0)
    assert not verdict.promote
    assert "does not beat the best simple rule" in verdict.reasons[0]
    assert "of most_popular" in verdict.reasons[0]


def test_probabilities_of_half_the_level_are_refused(judged):
    halved = replace(judged, judged=replace(judged.judged, predicted=judged.judged.predicted / 2))
    assert not decide_category(halved, None, seasonal=True, seed=0).promote


def test_a_level_that_could_not_be_learned_is_no_reason_to_refuse_but_is_told(judged):
    score = link(judged.judged.predicted, TaskKind.PROBABILITY) - 0.7
    lower = replace(judged, judged=replace(judged.judged, predicted=unlink(score, TaskKind.PROBABILITY)))
    assert not decide_category(lower, None, seasonal=True, seed=0).promote
    verdict = decide_category(lower, None, seasonal=False, seed=0)
    assert verdict.promote
    assert "once the level is right" in verdict.reasons[1]


def test_a_champion_is_compared_on_cut_offs_after_its_training_only(judged):
    past = SHOP.complete_by(moments(1)[0], CATEGORY.reach)
    champion = train_category(CATEGORY, past, as_of=moments(1)[0], seed=0, vocabulary=VOCABULARY)
    verdict = decide_category(judged, champion, seasonal=True, seed=0)
    assert "It is not worse than the champion beyond noise on 400 rows" in verdict.reasons[2]
    late = replace(champion, card=replace(champion.card, trained_as_of=AS_OF))
    assert "would favour the champion" in decide_category(judged, late, seasonal=True, seed=0).reasons[2]


def test_a_champion_that_is_better_is_kept(by_chance):
    champion = train_category(CATEGORY, SHOP, as_of=AS_OF, seed=0, vocabulary=VOCABULARY)
    early = replace(champion, card=replace(champion.card, trained_as_of=moments(3)[0]))
    same = replace(by_chance, judged=replace(by_chance.judged, examples=SHOP.where(SHOP.as_of > SHOP.as_of.min())))
    verdict = decide_category(same, early, seasonal=True, seed=0)
    assert "It is worse than the champion beyond noise" in verdict.reasons[2]


def test_a_champion_of_other_categories_or_one_that_cannot_be_read_is_not_compared(judged):
    champion = train_category(CATEGORY, SHOP, as_of=AS_OF, seed=0, vocabulary=VOCABULARY)
    other = replace(champion, among=replace(champion.among, names=("tea", "pots", "games", "other")))
    assert "tells other categories apart" in decide_category(judged, other, seasonal=True, seed=0).reasons[2]
    assert "It broke." in decide_category(judged, ModelError("It broke."), seasonal=True, seed=0).reasons[2]


def test_a_log_too_short_to_judge_on_is_refused():
    with pytest.raises(NotEnoughDataError, match="got 0"):
        backtest_category(CATEGORY, category_shop(50, moments(1)), **HOW)


def test_the_figures_are_plain_values(judged):
    told = json.loads(json.dumps(judged.to_json(), allow_nan=False))
    assert told["hit_rate_1"] == judged.metrics["hit_rate_1"]
    assert set(told["differences"]) == set(told["baselines"]) == {"most_bought", "last_bought", "most_popular"}
    assert np.sum([n for _, _, n in told["reliability"]]) == 1200 * 4
