from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.examples import Examples
from models.judging.evaluation import evaluate
from models.model import Model
from models.tasks import TaskKind
from models.training import fitting_target, train
from pipeline.errors import ModelError, NotEnoughDataError
from tests.models.shop import AS_OF, CHURN, PURCHASE, SPEND, cut_offs, shop


@pytest.mark.parametrize("late", [timedelta(microseconds=1), timedelta(days=30)])
def test_an_outcome_that_is_not_complete_is_never_learned_from(past: Examples, late: timedelta) -> None:
    with pytest.raises(ModelError, match="complete by then"):
        train(CHURN, past, as_of=AS_OF - late, seed=0)


def test_an_outcome_that_begins_after_a_gap_is_complete_that_much_later(past: Examples) -> None:
    with pytest.raises(ModelError, match="complete by then"):
        train(replace(CHURN, gap=timedelta(days=1)), past, as_of=AS_OF, seed=0)


def test_only_the_latest_cut_offs_are_learned_from(churn: Model, past: Examples) -> None:
    assert churn.card.cut_offs == tuple(cut_offs(4))
    assert train(CHURN, past, as_of=AS_OF, seed=0, stack=2).card.cut_offs == tuple(cut_offs(2))


def test_the_model_ranks_and_keeps_the_level_on_customers_it_has_not_seen(churn: Model) -> None:
    others = shop(2500, [AS_OF], seed=1)
    figures = evaluate(churn.predict(others.matrix), others.label, TaskKind.PROBABILITY)
    assert figures["roc_auc"] > 0.7
    assert figures["ece"] < 0.06


def test_expected_spend_adds_up_to_the_total(spend: Model) -> None:
    others = shop(2500, [AS_OF], task=SPEND, seed=1)
    figures = evaluate(spend.predict(others.matrix), others.label, TaskKind.AMOUNT)
    assert 0.8 < figures["total_ratio"] < 1.2
    assert figures["spearman"] > 0.4


def test_a_rare_target_is_predicted_as_rarely_as_it_comes() -> None:
    rows = shop(2500, cut_offs(4))
    rarer = np.random.default_rng(0).random(len(rows)) < 0.2
    model = train(CHURN, Examples(rows.matrix, rows.label * rarer), as_of=AS_OF, seed=0)
    assert not model.card.thin
    assert model.predict(rows.matrix).mean() == pytest.approx((rows.label * rarer).mean(), rel=0.05)


def test_the_same_seed_gives_the_same_model(churn: Model, past: Examples) -> None:
    again = train(CHURN, past, as_of=AS_OF, seed=0)
    assert np.array_equal(again.predict(past.matrix), churn.predict(past.matrix))
    assert again.calibration == churn.calibration


def test_purchase_is_the_complement_of_churn_at_the_same_horizon(churn: Model, past: Examples) -> None:
    opposite = replace(PURCHASE, horizon=CHURN.horizon)
    bought = train(opposite, Examples(past.matrix, 1 - past.label), as_of=AS_OF, seed=0)
    assert bought.predict(past.matrix) == pytest.approx(1 - churn.predict(past.matrix), abs=0.01)


def test_few_customers_get_a_linear_model_and_the_card_says_so() -> None:
    few = shop(450, cut_offs(2))
    model = train(CHURN, few, as_of=AS_OF, seed=0)
    assert model.card.thin
    assert model.card.rounds is None
    assert model.trees is None
    assert model.features == ("days_since_last_order", "orders_365d", "revenue_365d")
    assert roc_auc_score(few.label, model.predict(few.matrix)) > 0.65


def test_too_few_customers_are_refused_in_one_sentence() -> None:
    with pytest.raises(NotEnoughDataError, match=r"expected at least 100 customers .* got .* rules still work"):
        train(CHURN, shop(60, cut_offs(2)), as_of=AS_OF, seed=0)


def test_nothing_at_all_is_refused_in_the_same_way(past: Examples) -> None:
    with pytest.raises(NotEnoughDataError, match="got 0"):
        train(CHURN, past.where(np.zeros(len(past), dtype=bool)), as_of=AS_OF, seed=0)


def test_an_amount_is_winsorised_for_fitting_only() -> None:
    amounts = np.append(np.arange(100.0), [1e6, -50.0])
    target = fitting_target(amounts, TaskKind.AMOUNT)
    assert target.mean() == pytest.approx(1)
    assert target[-1] == 0
    assert target.max() < 20
    assert amounts[100] == 1e6


def test_the_most_loyal_are_counted_in_full() -> None:
    orders = np.append(np.zeros(999), 30.0)
    assert fitting_target(orders, TaskKind.AMOUNT, counted=True).max() == pytest.approx(1000)


def test_features_in_another_order_are_predicted_alike(churn: Model, past: Examples) -> None:
    matrix = past.matrix
    turned = replace(matrix, features=matrix.features[::-1], values=matrix.values[:, ::-1])
    assert np.array_equal(churn.predict(turned), churn.predict(matrix))


def test_a_missing_feature_is_named(churn: Model, past: Examples) -> None:
    matrix = past.matrix
    without = replace(matrix, features=matrix.features[1:], values=matrix.values[:, 1:])
    with pytest.raises(ModelError, match='"days_since_last_order", which these features lack'):
        churn.predict(without)


def test_nobody_is_predicted_as_nobody(churn: Model, past: Examples) -> None:
    assert churn.predict(past.matrix.where(np.zeros(len(past), dtype=bool))).shape == (0,)
