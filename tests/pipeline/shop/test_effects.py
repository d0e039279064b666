from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from pipeline.shop.calendar import Calendar
from pipeline.shop.campaigns import HELD_OUT_SHARE, OFFER_DAYS
from pipeline.shop.effects import CAMPAIGN_TRUTH, campaign_truth
from pipeline.shop.lives import Lives, Market, live, open_market

CALENDAR = Calendar(datetime(2024, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
TOLERANCE = 4.0  # standard errors


@pytest.fixture(scope="module")
def market() -> Market:
    return open_market(CALENDAR, seed=5)


@pytest.fixture(scope="module")
def lives(market: Market) -> Lives:
    return next(live(market, 6000))


@pytest.fixture(scope="module")
def effects(market: Market, lives: Lives) -> pd.DataFrame:
    """The true effects, beside whether the customer ordered while the offer stood."""
    table = campaign_truth(market, lives)
    assert table.schema.equals(CAMPAIGN_TRUTH)
    told = table.to_pandas()
    customer = told["customer_id"].str[1:].astype(int).to_numpy() - 1
    since = ((told["sent_at"] - CALENDAR.origin) / timedelta(days=1)).to_numpy()
    keys = np.sort(lives.orders.customer * 1e5 + np.minimum(lives.orders.days, 5e4))
    from_, to = (np.searchsorted(keys, customer * 1e5 + since + days) for days in (0, OFFER_DAYS))
    return told.assign(customer=customer, ordered=to > from_)


def test_there_is_a_row_for_everyone_sent_or_held_out_of_each_campaign_whose_days_the_log_holds(
    effects: pd.DataFrame,
) -> None:
    assert not effects.duplicated(["campaign_id", "customer_id"]).any()
    assert effects["sent_at"].min() >= CALENDAR.start
    assert effects["sent_at"].max() + timedelta(days=OFFER_DAYS) <= CALENDAR.end
    assert effects["campaign_id"].nunique() == 17
    assert 1 - effects["treated"].mean() == pytest.approx(HELD_OUT_SHARE, abs=0.01)


@pytest.mark.parametrize("treated", [True, False])
def test_as_many_order_as_the_probability_of_their_arm_says(effects: pd.DataFrame, treated: bool) -> None:  # noqa: FBT001  # an arm
    arm = effects[effects["treated"] == treated]
    told = arm["treated_order_probability" if treated else "held_out_order_probability"]
    gap = arm["ordered"] - told
    for third in pd.qcut(told.rank(method="first"), 3, labels=False).to_frame("third").groupby("third").groups.values():
        assert abs(gap[third].sum()) <= TOLERANCE * np.sqrt((told[third] * (1 - told[third])).sum()) + 1e-6


def test_the_effect_is_the_difference_of_the_arms(effects: pd.DataFrame) -> None:
    difference = effects["treated_order_probability"] - effects["held_out_order_probability"]
    np.testing.assert_allclose(effects["effect"], difference)


def test_the_mean_effect_agrees_with_the_experiment(effects: pd.DataFrame) -> None:
    arms = effects.groupby("treated")["ordered"].agg(["mean", "var", "count"])
    error = np.sqrt((arms["var"] / arms["count"]).sum())
    assert effects["effect"].mean() > 0.02
    assert abs(arms["mean"][True] - arms["mean"][False] - effects["effect"].mean()) < TOLERANCE * error


def test_effects_differ_and_a_few_are_better_left_alone(effects: pd.DataFrame) -> None:
    assert 0.01 < (effects["effect"] < 0).mean() < 0.15
    assert (effects["effect"].abs() < 0.005).mean() > 0.3
    assert (effects["effect"] > 0.15).mean() > 0.05


def test_the_price_sensitive_who_read_their_mail_gain_most(effects: pd.DataFrame, lives: Lives) -> None:
    there = effects[effects["treated_order_probability"] > 0]
    count = (lives.people.appetite * lives.people.sensitivity)[there["customer"]]
    assert np.corrcoef(count, there["effect"])[0, 1] > 0.35


def test_an_offer_that_does_not_reach_the_customer_has_no_effect(effects: pd.DataFrame, lives: Lives) -> None:
    unreached = effects[~lives.people.reachable[effects["customer"]]]
    assert len(unreached) > 0
    assert (unreached["effect"] == 0).all()
