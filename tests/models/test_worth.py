from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from models.bands import FIXED
from models.money import Aim, Economics
from models.ready import READY
from models.tasks import TASKS, Task
from models.worth import about_money, aim, stake_column, value
from tests.models.shop import CHURN, PURCHASE, SPEND, matrix_of

SHOP = Economics(margin=0.5, contact_cost=1.0, offer_cost=0.0, save_rate=0.5)
ROWS = [
    {"revenue_365d": 365.0, "average_order_value_365d": 40.0},
    {"revenue_365d": 36.5, "average_order_value_365d": 10.0},
]


def test_a_contact_keeps_who_may_leave_and_wins_an_order_of_who_may_buy() -> None:
    aims = {task.name: aim(task) for task in (*TASKS, *READY)}
    assert {name for name, goal in aims.items() if goal is Aim.KEEP} == {
        "churn", "churn_7d", "subscription_churn", "subscription_cancellation", "usage_churn",
    }  # fmt: skip
    assert {name for name, goal in aims.items() if goal is Aim.WIN} == {"purchase", "purchase_7d"}


def test_what_neither_leaves_nor_orders_has_no_price() -> None:
    asking = Task("asking", "orders_365d >= 1", "happened(support_contacted)", timedelta(days=30))
    renewing = replace(asking, target="happened(subscription_renewed)")
    assert aim(asking) is None
    assert aim(renewing) is None
    assert about_money(SPEND, matrix_of(ROWS), np.array([1.0, 2.0]), SHOP) == {}


def test_lost_is_a_horizon_of_last_years_spend_and_won_an_order() -> None:
    assert value(CHURN, matrix_of(ROWS)).tolist() == pytest.approx([90, 9])
    assert value(PURCHASE, matrix_of(ROWS)).tolist() == pytest.approx([40, 10])


def test_at_stake_is_the_probability_times_the_value() -> None:
    told = about_money(CHURN, matrix_of(ROWS), np.array([0.5, 0.9]), None)
    assert told["value_at_stake"].to_pylist() == pytest.approx([45, 8.1])
    assert told["churn_band"].to_pylist() == ["medium", "high"]


def test_only_churns_stake_is_called_by_no_tasks_name() -> None:
    assert [stake_column(task) for task in (CHURN, PURCHASE)] == ["value_at_stake", "purchase_value_at_stake"]


def test_a_band_follows_from_what_the_list_earns() -> None:
    """The first brings .5 * .5 * 90 * .5 - 1, the second, likelier, .9 * .5 * 9 * .5 - 1: both are worth a contact."""
    told = about_money(CHURN, matrix_of(ROWS), np.array([0.5, 0.9]), SHOP)
    assert told["churn_band"].to_pylist() == ["high", "high"]
    dear = about_money(CHURN, matrix_of(ROWS), np.array([0.5, 0.9]), replace(SHOP, contact_cost=50.0))
    assert dear["churn_band"].to_pylist() == ["low", "low"]


def test_where_nobodys_value_is_known_or_money_is_assumed_bounds_are_fixed() -> None:
    probability = np.array([0.5, 0.9])
    expected = FIXED.of(probability).to_pylist()
    unknown = about_money(CHURN, matrix_of([{}, {}]), probability, SHOP)
    assert unknown["churn_band"].to_pylist() == expected
    assert unknown["value_at_stake"].to_pylist() == [None, None]
    assumed = about_money(CHURN, matrix_of(ROWS), probability, replace(SHOP, assumed=("margin",)))
    assert assumed["churn_band"].to_pylist() == expected
