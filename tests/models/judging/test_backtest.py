import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from features.matrix import FeatureMatrix
from models.examples import Examples, pool
from models.judging.backtest import Backtest, backtest, rolling_backtest
from models.judging.bootstrap import Difference
from models.judging.gate import at_level, decide
from models.model import Model
from pipeline.errors import ModelError, NotEnoughDataError
from tests.models.shop import AS_OF, CHURN, SPEND, START, cut_offs, shop, shuffled

MOMENTS = cut_offs(7)


@pytest.fixture(scope="module")
def rolling() -> Backtest:
    return rolling_backtest(CHURN, shop(2000, MOMENTS), seed=0, later=2, resamples=200)


@pytest.fixture(scope="module")
def noise() -> Backtest:
    return rolling_backtest(CHURN, shuffled(shop(2000, MOMENTS), seed=1), seed=0, later=2, resamples=200)


def test_a_prediction_never_learns_from_an_outcome_that_had_not_ended(past: Examples) -> None:
    judged = shop(2500, [AS_OF])
    later = shop(2500, [AS_OF - timedelta(days=60)])
    reversed_later = Examples(later.matrix, 1 - later.label)
    honest = backtest(CHURN, past, judged, as_of=AS_OF, seed=0, resamples=20)
    tempted = backtest(CHURN, pool([past, reversed_later]), judged, as_of=AS_OF, seed=0, resamples=20)
    assert np.array_equal(honest.judged.predicted, tempted.judged.predicted)


def test_the_object_has_the_promised_keys_first(rolling: Backtest) -> None:
    told = rolling.to_json()
    assert list(told)[:10] == [
        "n", "base_rate", "roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile", "baselines",
        "auc_difference",
    ]  # fmt: skip
    assert set(told["baselines"]) == set(told["auc_difference"]) >= {"recency", "frequency", "rfm"}
    assert list(told["baselines"]["recency"]) == list(told)[:8]
    assert set(told["auc_difference"]["recency"]) == {"difference", "low", "high"}
    assert isinstance(told["n"], int)
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_the_object_tells_deciles_intervals_slices_and_how_predictions_spread(rolling: Backtest) -> None:
    told = rolling.to_json()
    assert set(told["intervals"]) == {"roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile"}
    assert told["intervals"]["roc_auc"]["low"] < told["roc_auc"] < told["intervals"]["roc_auc"]["high"]
    assert told["deciles"][0]["lift"] == pytest.approx(told["lift_top_decile"], rel=0.05)
    assert told["deciles"][-1]["captured_share_so_far"] == pytest.approx(1)
    assert sum(n for _, _, n in told["distribution"]) == told["n"]
    assert {part["by"] for part in told["slices"]} >= {"buyers", "value"}
    assert told["calibration_slope"] == pytest.approx(1, abs=0.3)


def test_groups_from_outside_are_slices_of_their_own() -> None:
    living = {f"c{number:05}": "AT" if number % 2 else "DE" for number in range(1500)}
    judged = rolling_backtest(
        CHURN, shop(1500, MOMENTS), seed=0, later=1, resamples=20, groups={"country": living}
    ).to_json()
    assert [part["name"] for part in judged["slices"] if part["by"] == "country"] == ["AT", "DE"]


def test_shuffled_outcomes_have_an_auc_of_a_half_within_its_interval(noise: Backtest) -> None:
    assert noise.intervals["roc_auc"].low < 0.5 < noise.intervals["roc_auc"].high


def test_the_figures_can_be_worked_out_again_from_the_predictions(rolling: Backtest) -> None:
    table = rolling.predictions
    assert table.column_names == ["customer_id", "as_of", "probability", "outcome"]
    assert str(table.schema.field("as_of").type) == "timestamp[us, tz=UTC]"
    auc = roc_auc_score(table["outcome"].to_numpy(), table["probability"].to_numpy())
    assert rolling.metrics["roc_auc"] == pytest.approx(auc)
    assert rolling.cut_offs == tuple(MOMENTS[-2:])


def test_a_rule_on_one_column_ranks_as_that_column_does(rolling: Backtest) -> None:
    rows = rolling.judged.examples.at(MOMENTS[-1])
    last = rolling.judged.examples.matrix.as_of == rows.matrix.as_of[0]
    by_rule = rolling.judged.by_rule["recency"][last]
    expected = roc_auc_score(rows.label, rows.matrix.column("days_since_last_order"))
    assert roc_auc_score(rows.label, by_rule) == pytest.approx(expected)


def test_a_good_model_passes_the_gate(rolling: Backtest) -> None:
    verdict = decide(rolling, None, start_of_log=START, seed=0)
    assert verdict.promote, verdict.reasons
    assert len(verdict.reasons) == 3


def test_shuffled_outcomes_cannot_be_ranked_and_the_gate_refuses(noise: Backtest) -> None:
    auc, n = noise.metrics["roc_auc"], noise.metrics["n"]
    assert abs(auc - 0.5) < 4 * np.sqrt(1 / (12 * n * noise.metrics["base_rate"] * (1 - noise.metrics["base_rate"])))
    verdict = decide(noise, None, start_of_log=START, seed=0)
    assert not verdict.promote
    assert verdict.reasons[0].startswith("It does not beat ")


def test_a_model_at_the_wrong_level_is_refused_once_a_year_is_known(rolling: Backtest) -> None:
    wrong = _with_predictions(rolling, rolling.judged.predicted**4)
    verdict = decide(wrong, None, start_of_log=START, seed=0)
    assert not verdict.promote
    assert "calibration error" in verdict.reasons[1]


def test_with_under_a_year_the_level_is_forgiven_and_the_reason_says_so(rolling: Backtest) -> None:
    shifted = _with_predictions(rolling, at_level(rolling.judged.predicted, np.array([1.0, 0.0, 0.0, 0.0])))
    verdict = decide(shifted, None, start_of_log=min(rolling.cut_offs) - timedelta(days=300), seed=0)
    assert verdict.promote
    assert "does not reach back to the same season" in verdict.reasons[1]


def test_at_level_moves_the_mean_and_keeps_the_order() -> None:
    moved = at_level(np.array([0.2, 0.5, 0.7]), np.array([1.0, 1.0, 1.0] + [0.0] * 7))
    assert moved.mean() == pytest.approx(0.3)
    assert (np.diff(moved) > 0).all()


def test_a_champion_trained_after_the_judged_cut_offs_stays_until_it_can_be_compared(
    rolling: Backtest, churn: Model
) -> None:
    verdict = decide(rolling, churn, start_of_log=START, seed=0)
    assert not verdict.promote
    assert "No fair comparison with the champion is possible yet" in verdict.reasons[2]
    assert verdict.challenge is not None
    assert not verdict.challenge.fair


def test_a_challenger_worse_than_a_fair_champion_is_refused(rolling: Backtest, churn: Model) -> None:
    before = replace(churn, card=replace(churn.card, trained_as_of=min(rolling.cut_offs)))
    worse = _with_predictions(rolling, rolling.judged.by_rule["recency"])
    verdict = decide(worse, before, start_of_log=START, seed=0)
    assert not verdict.promote
    assert "worse than the champion" in verdict.reasons[2]


def test_a_challenger_better_than_a_fair_champion_is_promoted(rolling: Backtest, churn: Model) -> None:
    before = replace(churn, card=replace(churn.card, trained_as_of=min(rolling.cut_offs)))

    def blinded(_: Model, judged: FeatureMatrix) -> FeatureMatrix:
        return replace(judged, values=np.zeros_like(judged.values))

    verdict = decide(rolling, before, start_of_log=START, seed=0, reread=blinded)
    assert verdict.promote
    assert verdict.reasons[2].startswith("It is better than the champion beyond noise: AUC difference +0.")
    assert verdict.to_json()["champion"]["fair"]


def test_customers_among_whom_a_rule_does_better_are_named_and_refuse_nothing(rolling: Backtest) -> None:
    losing = replace(rolling.slices[0], rule="recency", difference=Difference(-0.04, -0.06, -0.02))
    verdict = decide(replace(rolling, slices=(losing, *rolling.slices[1:])), None, start_of_log=START, seed=0)
    assert verdict.promote
    assert len(verdict.reasons) == 4
    assert verdict.reasons[3].startswith(f"Among {losing.title} ({losing.customers:,} customers) it loses to recency")


def test_a_champion_reads_the_judged_rows_in_its_own_vocabulary(rolling: Backtest, churn: Model) -> None:
    before = replace(churn, card=replace(churn.card, trained_as_of=min(rolling.cut_offs)))
    asked = []

    def reread(champion: Model, judged: FeatureMatrix) -> FeatureMatrix:
        asked.append((champion, judged.cut_offs))
        return replace(judged, values=np.zeros_like(judged.values))

    verdict = decide(rolling, before, start_of_log=START, seed=0, reread=reread)
    assert asked == [(before, rolling.cut_offs)]
    fair = decide(rolling, before, start_of_log=START, seed=0)
    assert verdict.reasons[2] != fair.reasons[2]


def test_a_champion_that_cannot_be_read_does_not_stand_in_the_way(rolling: Backtest) -> None:
    verdict = decide(rolling, ModelError("It was trained before. Train again."), start_of_log=START, seed=0)
    assert verdict.promote
    assert verdict.reasons[2].endswith("cannot be used any more. It was trained before. Train again.")


def test_spend_is_judged_by_gini_and_total() -> None:
    judged = rolling_backtest(SPEND, shop(1500, MOMENTS, task=SPEND), seed=0, later=1, resamples=100)
    told = judged.to_json()
    assert set(told["gini_difference"]) >= {"recency", "frequency", "rfm", "last_year"}
    assert judged.predictions.column_names == ["customer_id", "as_of", "amount", "outcome"]
    assert 0.7 < told["total_ratio"] < 1.3
    verdict = decide(judged, None, start_of_log=START, seed=0)
    assert "Gini" in verdict.reasons[0]
    assert "times the actual total" in verdict.reasons[1]
    behind = {**judged.differences, "last_year": Difference(-0.02, -0.03, -0.01)}
    refused = decide(replace(judged, differences=behind), None, start_of_log=START, seed=0)
    assert not refused.promote
    assert "carried on it is worse beyond noise" in refused.reasons[0]


def test_a_log_too_short_for_any_backtest_is_refused_in_one_sentence() -> None:
    with pytest.raises(NotEnoughDataError):
        rolling_backtest(CHURN, shop(300, cut_offs(1)), seed=0)


def test_a_moment_without_customers_is_refused_in_one_sentence(past: Examples) -> None:
    with pytest.raises(NotEnoughDataError, match="got none"):
        backtest(CHURN, past, past, as_of=AS_OF, seed=0)


def _with_predictions(backtest: Backtest, predicted: np.ndarray) -> Backtest:
    return replace(backtest, judged=replace(backtest.judged, predicted=predicted))
