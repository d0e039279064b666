from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from pipeline.errors import UserError
from pipeline.shop.simulate import simulate
from pipeline.shop.truth import CUSTOMER_TRUTH, truth

CUSTOMERS, START, END, SEED = 8000, datetime(2024, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC), 11
QUARTER = timedelta(days=90)
MOMENTS = (END - QUARTER, END - 3 * QUARTER)  # a quarter of spring, and one with black week and Christmas
TOLERANCE = 4.0  # standard errors


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    events = simulate(CUSTOMERS, START, END, SEED).events
    placed = events.filter(pc.equal(events["event_type"], "order_placed"))
    told = placed.select(["event_id", "customer_id", "occurred_at", "amount"]).to_pandas().drop_duplicates("event_id")
    return told.assign(amount=told["amount"].astype(float))


@pytest.fixture(scope="module", params=MOMENTS, ids=["spring", "christmas"])
def told(request: pytest.FixtureRequest, orders: pd.DataFrame) -> pd.DataFrame:
    """The truth at a moment beside what happened, and beside what was known of the last year."""
    moment = request.param
    known = truth(CUSTOMERS, START, END, SEED, moment=moment, horizon=QUARTER).to_pandas().set_index("customer_id")
    after = orders[(orders["occurred_at"] >= moment) & (orders["occurred_at"] < moment + QUARTER)]
    before = orders[(orders["occurred_at"] < moment) & (orders["occurred_at"] >= moment - timedelta(days=365))]
    recency = (moment - before.groupby("customer_id")["occurred_at"].max()) / timedelta(days=1)
    return known.assign(
        placed=after.groupby("customer_id").size(),
        spent=after.groupby("customer_id")["amount"].sum(),
        frequency=before.groupby("customer_id").size(),
        recency=recency,
    ).fillna({"placed": 0, "spent": 0, "frequency": 0})


def assert_unbiased(expected: pd.Series, realised: pd.Series) -> None:
    """The sum of what was expected agrees with what came, within the error of the sum."""
    gap = realised - expected
    assert abs(gap.sum()) <= TOLERANCE * np.sqrt((gap**2).sum()) + 1e-6


def test_the_table_has_one_row_a_customer_and_its_columns(told: pd.DataFrame) -> None:
    table = truth(50, START, END, SEED, moment=MOMENTS[0], horizon=QUARTER)
    assert table.schema.equals(CUSTOMER_TRUTH)
    assert sum(column.null_count for column in table.columns) == 0
    assert told.index.is_unique
    assert (told["horizon_days"] == 90).all()


def test_churn_and_purchase_are_each_others_complement(told: pd.DataFrame) -> None:
    np.testing.assert_allclose(told["churn_probability"] + told["purchase_probability"], 1)


def test_those_who_have_left_never_order(told: pd.DataFrame) -> None:
    gone = told[~told["alive"]]
    assert len(gone) > 1000
    assert (gone["purchase_probability"] == 0).all()
    assert (gone[["placed", "expected_orders", "expected_spend"]] == 0).all(axis=None)


@pytest.mark.parametrize("bin_of", range(10))
def test_in_every_tenth_as_many_order_as_the_truth_says(told: pd.DataFrame, bin_of: int) -> None:
    there = told[told["alive"]].sort_values("purchase_probability")
    tenth = there.iloc[bin_of * len(there) // 10 : (bin_of + 1) * len(there) // 10]
    likely = tenth["purchase_probability"]
    error = np.sqrt((likely * (1 - likely)).sum())
    assert abs((tenth["placed"] > 0).sum() - likely.sum()) <= TOLERANCE * error + 1e-6


@pytest.mark.parametrize(("expected", "realised"), [("expected_orders", "placed"), ("expected_spend", "spent")])
def test_in_every_fifth_orders_and_spend_are_what_the_truth_says(
    told: pd.DataFrame, expected: str, realised: str
) -> None:
    fifths = pd.qcut(told[told["alive"]][expected], 5, labels=False)
    for _, fifth in told[told["alive"]].groupby(fifths):
        assert_unbiased(fifth[expected], fifth[realised])


def test_the_truth_ranks_buyers_far_better_than_recency_and_frequency(told: pd.DataFrame) -> None:
    buyers = told[told["frequency"] > 0]
    bought = buyers["placed"] > 0
    best = roc_auc_score(bought, buyers["purchase_probability"])
    assert best > roc_auc_score(bought, -buyers["recency"]) + 0.1
    assert best > roc_auc_score(bought, buyers["frequency"]) + 0.1
    assert best < 0.97


@pytest.mark.parametrize(
    ("moment", "horizon"),
    [
        (END - timedelta(days=89), QUARTER),
        (START - timedelta(microseconds=1), QUARTER),
        (MOMENTS[0].replace(tzinfo=None), QUARTER),
        (MOMENTS[0], timedelta()),
    ],
)
def test_a_moment_that_the_simulation_does_not_cover_is_refused(moment: datetime, horizon: timedelta) -> None:
    with pytest.raises(UserError, match="The truth is known from 2024"):
        truth(10, START, END, SEED, moment=moment, horizon=horizon)


@settings(max_examples=20, deadline=None)
@given(
    customers=st.integers(1, 20),
    before=st.timedeltas(timedelta(), timedelta(days=400)),
    horizon=st.timedeltas(timedelta(seconds=1), timedelta(days=200)),
    seed=st.integers(0, 2**32),
)
def test_any_truth_is_a_probability_and_no_less_is_expected(
    customers: int, before: timedelta, horizon: timedelta, seed: int
) -> None:
    told = truth(customers, START, START + before + horizon, seed, moment=START + before, horizon=horizon).to_pandas()
    assert told["purchase_probability"].between(0, 1).all()
    assert (told["expected_orders"] >= told["purchase_probability"] - 1e-6).all()
    assert (told["expected_spend"] >= 0).all()
    assert ((told["expected_spend"] > 0) == (told["expected_orders"] > 0)).all()
