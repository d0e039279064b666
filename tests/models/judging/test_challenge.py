from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from models.judging.backtest import Backtest, rolling_backtest
from models.judging.bootstrap import Difference
from models.judging.challenge import OLDEST, Challenge, challenge, face, resolve, unchanged
from models.model import Model
from models.tasks import TaskKind
from pipeline.errors import ModelError
from tests.models.shop import AS_OF, CHURN, cut_offs, shop

BETTER, ALIKE, WORSE = Difference(0.02, 0.01, 0.03), Difference(0.0, -0.01, 0.01), Difference(-0.02, -0.03, -0.01)


@pytest.fixture(scope="module")
def rolling() -> Backtest:
    return rolling_backtest(CHURN, shop(1200, cut_offs(6)), seed=0, later=2, resamples=50)


def met(ranking: Difference, calibration: Difference = ALIKE, *, fair: bool = True) -> Challenge:
    return Challenge(fair, 400, {"roc_auc": 0.7}, {"roc_auc": 0.7}, ranking, calibration)


def faces(of: Challenge, champion: Model, *, after: timedelta = timedelta(days=30), columns: int | None = None):
    now = champion.card.trained_as_of + after
    return face(of, TaskKind.PROBABILITY, champion, now=now, columns=columns)


def test_the_better_one_takes_the_place_and_the_worse_one_never(churn: Model) -> None:
    takes, why = faces(met(BETTER), churn)
    assert takes
    assert why.startswith("It is better than the champion beyond noise: AUC difference +0.020")
    refused, why = faces(met(WORSE, Difference(-0.1, -0.2, -0.05)), churn, after=2 * OLDEST, columns=1)
    assert not refused
    assert why.startswith("It is worse than the champion beyond noise")


def test_as_good_alone_is_not_enough(churn: Model) -> None:
    takes, why = faces(met(ALIKE), churn, columns=len(churn.features))
    assert not takes
    assert "neither simpler nor better calibrated beyond noise" in why
    assert why.endswith("the champion stays.")


def test_as_good_and_a_tenth_simpler_takes_the_place(churn: Model) -> None:
    fewer = int(0.9 * len(churn.features))
    takes, why = faces(met(ALIKE), churn, columns=fewer)
    assert takes
    assert f"it reads {fewer} columns, the champion {len(churn.features)}" in why
    assert not faces(met(ALIKE), churn, columns=len(churn.features) - 1)[0]


def test_as_good_and_better_calibrated_takes_the_place(churn: Model) -> None:
    takes, why = faces(met(ALIKE, WORSE), churn)
    assert takes
    assert "better calibrated beyond noise: calibration error difference -0.020" in why
    assert not faces(met(ALIKE, BETTER), churn)[0]


@pytest.mark.parametrize(("days", "takes"), [(90, False), (90.01, True)])
def test_an_old_champion_gives_way_to_one_that_is_as_good(churn: Model, days: float, *, takes: bool) -> None:
    took, why = faces(met(ALIKE), churn, after=timedelta(days=days))
    assert took is takes
    assert ("The champion is over 90 days old" in why) is takes


def test_an_unfair_comparison_counts_for_the_challenger_alone(churn: Model) -> None:
    assert faces(met(BETTER, fair=False), churn)[0]
    for gap in (ALIKE, WORSE):
        takes, why = faces(met(gap, fair=False), churn)
        assert not takes
        assert why.startswith("No fair comparison with the champion is possible yet: it was trained as of 2026-09-01")
    takes, why = faces(met(WORSE, fair=False), churn, after=timedelta(days=91))
    assert takes
    assert why.endswith("It is over 90 days old, and gives way.")


def test_only_cut_offs_since_the_champion_was_trained_are_compared(rolling: Backtest, churn: Model) -> None:
    last = max(rolling.cut_offs)
    before = replace(churn, card=replace(churn.card, trained_as_of=last))
    found = challenge(rolling, before, seed=0, resamples=20)
    rows = rolling.judged.examples.at(last)
    assert found.fair
    assert found.rows == found.champion["n"] == len(rows)
    later = replace(churn, card=replace(churn.card, trained_as_of=last + timedelta(microseconds=1)))
    unfair = challenge(rolling, later, seed=0, resamples=20)
    assert not unfair.fair
    assert unfair.rows == len(rolling.judged.examples)


def test_a_champion_against_itself_is_as_good(rolling: Backtest, churn: Model) -> None:
    before = replace(churn, card=replace(churn.card, trained_as_of=min(rolling.cut_offs)))
    same = replace(rolling.judged, predicted=churn.predict(rolling.judged.examples.matrix))
    found = challenge(replace(rolling, judged=same), before, seed=0, resamples=20)
    assert (found.ranking.difference, found.calibration.difference) == (0, 0)
    assert found.to_json()["champion"] == found.to_json()["challenger"]


def test_without_a_contest_the_place_is_free(rolling: Backtest) -> None:
    free = resolve(rolling, None, None, seed=0, reread=unchanged, threads=1)
    assert free == (True, "There is no champion to compare with.", None)
    takes, why, figures = resolve(rolling, ModelError("Train again."), None, seed=0, reread=unchanged, threads=1)
    assert (takes, figures) == (True, None)
    assert why.endswith("cannot be used any more. Train again.")


def test_the_age_of_the_champion_is_counted_to_the_training_of_the_challenger(rolling: Backtest, churn: Model) -> None:
    champion = replace(churn, card=replace(churn.card, trained_as_of=AS_OF))
    later = replace(churn, card=replace(churn.card, trained_as_of=AS_OF + timedelta(days=91)))
    poor = replace(rolling, judged=replace(rolling.judged, predicted=np.full(len(rolling.judged.predicted), 0.5)))
    at_once = resolve(poor, champion, champion, seed=0, reread=unchanged, threads=1)
    in_time = resolve(poor, champion, later, seed=0, reread=unchanged, threads=1)
    assert (at_once[0], in_time[0]) == (False, True)
