import numpy as np
import pytest

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from models.examples import Examples
from models.judging.leakage import LeakageError, leaks, refuse_leaks
from tests.models.shop import CHURN, SPEND, cut_offs, shop, shuffled


@pytest.fixture(scope="module")
def honest():
    return shop(2000, cut_offs(4))


def with_column(examples, values, name="paid_by_voucher"):
    matrix = examples.matrix
    column = FeatureColumn(name, "", "", "", "value")
    wider = np.column_stack([matrix.values, values])
    return Examples(FeatureMatrix(matrix.customer_id, matrix.as_of, (*matrix.features, column), wider), examples.label)


def noise(examples, seed=0):
    return np.random.default_rng(seed).normal(size=len(examples))


def test_features_that_read_the_past_alone_are_not_suspected(honest):
    assert leaks(honest, seed=0) == ()
    refuse_leaks(CHURN, honest, seed=0)


@pytest.mark.parametrize("strength", [0.8, 1.0, 2.0, 10.0])
def test_the_outcome_in_any_noise_that_matters_is_named(honest, strength):
    leaking = with_column(honest, strength * honest.label + noise(honest))
    with pytest.raises(LeakageError, match="expected features that know the past alone, got paid_by_voucher") as told:
        refuse_leaks(CHURN, leaking, seed=0)
    assert "lifts AUC from" in str(told.value)


def test_a_leak_that_is_null_for_those_who_left_is_named(honest):
    known = np.where(honest.label > 0, np.nan, 1.0)
    assert leaks(with_column(honest, known), seed=0)[0].feature == "paid_by_voucher"


def test_a_leak_in_several_windows_is_named_in_each(honest):
    once = honest.label + noise(honest)
    leaking = with_column(honest, once)
    for number in (1, 2):
        leaking = with_column(leaking, once + 0.4 * noise(honest, number), f"paid_by_voucher_{number}")
    named = {leak.feature for leak in leaks(leaking, seed=0)}
    assert {"paid_by_voucher", "paid_by_voucher_1", "paid_by_voucher_2"} <= named


def test_a_leak_of_an_amount_is_named():
    spent = shop(1500, cut_offs(3), task=SPEND)
    leaking = with_column(spent, np.log1p(spent.label) + noise(spent))
    assert [leak.feature for leak in leaks(leaking, seed=0)] == ["paid_by_voucher"]


def test_a_feature_that_the_shop_trusts_is_not_refused(honest):
    leaking = with_column(honest, honest.label + noise(honest))
    refuse_leaks(CHURN, leaking, seed=0, trusted=["paid_by_voucher"])


def test_shuffled_outcomes_and_small_shops_make_nobody_a_suspect(honest):
    assert leaks(shuffled(honest, seed=2), seed=0) == ()
    assert leaks(shop(300, cut_offs(3)), seed=0) == ()
    assert leaks(shop(60, cut_offs(2)), seed=0) == ()


def test_one_outcome_alone_cannot_be_leaked(honest):
    assert leaks(Examples(honest.matrix, np.ones(len(honest))), seed=0) == ()
