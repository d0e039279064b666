import numpy as np
import pytest

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from models.calibrating import LEAST_SLOPE, LEFT_OUT, MANY_ROWS, calibrated_by_folds, calibrated_on, left_out, line
from models.examples import Examples
from models.fitting import fit
from models.model import Model
from models.rows import Rows
from models.tasks import TaskKind
from models.trees import SLOWLY
from tests.models.shop import AS_OF, CHURN, Floats


def test_a_line_finds_the_odds_behind_overconfident_scores() -> None:
    random = np.random.default_rng(0)
    logit = random.normal(size=50_000)
    came = (random.random(50_000) < 1 / (1 + np.exp(-logit))).astype(float)
    found = line(2 * logit + 1, came, TaskKind.PROBABILITY)
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert found.intercept == pytest.approx(-0.5, abs=0.03)


def test_a_line_never_turns_the_order_round() -> None:
    came = np.array([1.0, 1.0, 0.0, 1.0, 0.0, 0.0])
    assert line(np.arange(6.0), came, TaskKind.PROBABILITY).slope == LEAST_SLOPE


def test_a_line_of_amounts_keeps_the_total() -> None:
    found = line(np.log([1.0, 3.0]), np.array([0.0, 8.0]), TaskKind.AMOUNT)
    assert found.slope == 1
    assert found.intercept == pytest.approx(np.log(2))


def many(rows: int) -> Rows:
    """So many rows of half as many customers, with one feature: the logit of what comes."""
    random = np.random.default_rng(0)
    logit = random.normal(size=rows)
    customers = np.array([f"c{number // 2}" for number in range(rows)], dtype=object)
    moments = np.full(rows, np.datetime64(AS_OF.replace(tzinfo=None), "us"))
    column = FeatureColumn("days_since_last_order", "days", "", "", "recency")
    came = (random.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)
    values = (10 * np.exp(logit))[:, None]
    return Rows(CHURN, Examples(FeatureMatrix(customers, moments, (column,), values), came), came, seed=0)


def test_of_many_rows_some_customers_are_left_out_with_all_their_rows() -> None:
    rows = many(MANY_ROWS)
    unseen = left_out(rows)
    assert unseen.sum() == pytest.approx(LEFT_OUT, rel=0.05)
    assert not set(rows.customer[unseen]) & set(rows.customer[~unseen])
    assert (left_out(rows) == unseen).all()


def test_of_fewer_rows_everybody_is_learned_from() -> None:
    assert not left_out(many(MANY_ROWS - 1)).any()


def test_both_ways_of_calibrating_agree(churn: Model) -> None:
    rows = many(20_000)
    half = rows.customer % 2 == 0
    on_the_rest = calibrated_on(fit(rows, ~half, churn.card, SLOWLY, 1), rows, half, 1)
    by_folds = calibrated_by_folds(fit(rows, rows.all, churn.card, SLOWLY, 1), rows, SLOWLY, 1)
    assert (by_folds.slope, by_folds.intercept) == pytest.approx((on_the_rest.slope, on_the_rest.intercept), abs=0.1)


def test_a_calibrated_model_promises_what_comes(churn: Model) -> None:
    rows = many(20_000)
    model = fit(rows, rows.all, churn.card, SLOWLY, 1)
    found = calibrated_by_folds(model, rows, SLOWLY, 1)
    scores: Floats = found.slope * model.score(rows.matrix) + found.intercept
    assert (1 / (1 + np.exp(-scores))).mean() == pytest.approx(rows.examples.label.mean(), abs=0.01)
