from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from models.examples import Examples
from models.judging.backtest import backtest, rolling_backtest
from models.judging.level import UNSEEN_SEASON, drift_variance, expected_level
from models.link import link
from models.model import Model
from models.tasks import TaskKind
from tests.models.shop import AS_OF, CHURN, SPEND, cut_offs, shop

A_QUARTER = timedelta(days=90)


def logit(share):
    return float(link(np.array([share]), TaskKind.PROBABILITY)[0])


def width(level):
    return logit(level.high) - logit(level.low)


def test_a_share_that_moved_by_so_much_in_a_horizon_is_expected_to_do_so_again():
    moments = (AS_OF - 2 * A_QUARTER, AS_OF - A_QUARTER)
    assert drift_variance(moments, (0.4, 0.5), A_QUARTER) == pytest.approx(logit(0.4) ** 2)
    assert drift_variance(moments, (0.4, 0.5), 2 * A_QUARTER) == pytest.approx(2 * logit(0.4) ** 2)
    assert drift_variance(moments, (0.5, 0.5), A_QUARTER) == 0


def test_of_three_moments_every_pair_counts_by_its_span():
    moments = [AS_OF - A_QUARTER * back for back in (3, 2, 1)]
    shares = (0.4, 0.5, 0.5)
    assert drift_variance(moments, shares, A_QUARTER) == pytest.approx(2 * logit(0.4) ** 2 / 4)


def test_of_a_single_moment_nothing_is_known_of_moves():
    assert drift_variance((AS_OF,), (0.5,), A_QUARTER) == UNSEEN_SEASON**2


def test_a_season_never_seen_widens_the_interval(churn: Model, past: Examples):
    predicted = churn.predict(past.at(churn.card.cut_offs[-1]).matrix)
    seen, unseen = (
        expected_level(replace(churn, card=replace(churn.card, season_shift=shift)), past, predicted, as_of=AS_OF)
        for shift in (0.1, None)
    )
    assert (seen.season_seen, unseen.season_seen) == (True, False)
    assert seen.share == unseen.share == pytest.approx(predicted.mean())
    assert seen.low < seen.share < seen.high
    assert width(unseen) ** 2 == pytest.approx(width(seen) ** 2 + (2 * 1.96 * UNSEEN_SEASON) ** 2)


def test_a_horizon_that_was_carried_over_is_doubted_more(churn: Model, past: Examples):
    predicted = churn.predict(past.at(churn.card.cut_offs[-1]).matrix)
    carried = replace(churn, card=replace(churn.card, translation_doubt=0.5))
    known, doubted = (expected_level(model, past, predicted, as_of=AS_OF) for model in (churn, carried))
    assert width(doubted) ** 2 == pytest.approx(width(known) ** 2 + (2 * 1.96 * 0.5) ** 2)


def test_an_amount_has_no_share(spend: Model, past: Examples):
    assert expected_level(spend, past, np.ones(3), as_of=AS_OF) is None


def test_a_backtest_states_the_expected_share_beside_what_came():
    rows = shop(900, cut_offs(4))
    moment = max(rows.matrix.cut_offs)
    told = backtest(CHURN, rows, rows, as_of=moment, seed=0, resamples=20).to_json()
    assert told["expected_share_low"] < told["expected_share"] < told["expected_share_high"]
    (level,) = told["levels"]
    assert level["as_of"] == moment.isoformat()
    assert level["came"] == told["base_rate"]
    assert level["expected_share"] == told["expected_share"]
    assert level["expected_share_low"] < level["came"] < level["expected_share_high"]


def test_several_moments_have_a_level_each_and_none_in_common():
    rows = shop(900, cut_offs(5))
    told = rolling_backtest(CHURN, rows, seed=0, later=2, resamples=20).to_json()
    assert "expected_share" not in told
    assert [level["as_of"] for level in told["levels"]] == told["cut_offs"]
    assert sum(level["customers"] for level in told["levels"]) == told["n"]


def test_a_backtest_of_an_amount_has_no_levels():
    rows = shop(900, cut_offs(4), task=SPEND)
    told = backtest(SPEND, rows, rows, as_of=max(rows.matrix.cut_offs), seed=0, resamples=20).to_json()
    assert told["levels"] == []
