from dataclasses import replace
from datetime import timedelta

import pytest

from models.model import Model
from models.ready import READY
from models.scoring import predictions
from models.tasks import TASKS, Task
from models.written import BESIDE_TASKS, written_by
from pipeline.conditions.known import Kind
from pipeline.segments.profiles import Profiles
from tests.models.shop import AS_OF, shop

REASONS = ("reason_1", "reason_2", "reason_3")


def reasons(name: str) -> set[str]:
    return {f"{name}_{reason}" for reason in REASONS}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("churn", {"churn_probability", "value_at_stake", "churn_band"}),
        ("purchase", {"purchase_probability", "purchase_value_at_stake"}),
        ("spend", {"expected_spend"}),
        ("spend_365d", {"expected_spend_365d", "expected_value_365d"}),
        ("churn_7d", {"churn_7d_probability", "churn_7d_value_at_stake", "churn_7d_band"}),
        ("orders", {"expected_orders"}),
    ],
)
def test_a_task_writes_its_prediction_what_is_at_stake_the_band_and_reasons(name: str, columns: set[str]) -> None:
    task = next(task for task in (*TASKS, *READY) if task.name == name)
    assert written_by(task).keys() == columns | reasons(name)


def test_what_a_model_writes_is_what_its_task_says(churn: Model, spend: Model) -> None:
    now = shop(200, [AS_OF]).matrix
    goal = Task("asking", "orders_365d >= 1", "happened(support_contacted)", timedelta(days=30))
    asking = replace(churn, task=goal)
    for model in (churn, spend, asking):
        found = Profiles(AS_OF, predictions(now, {model.task.name: model}, currency="£")).kinds
        assert found == written_by(model.task)


def test_beside_tasks_stand_the_next_order_the_next_category_and_the_cluster() -> None:
    assert {name for name, kind in BESIDE_TASKS.items() if kind is Kind.MOMENT} == {
        "expected_next_order_at",
        "expected_next_order_from",
        "expected_next_order_until",
    }
    assert {name for name, kind in BESIDE_TASKS.items() if kind is Kind.TEXT} == {
        "cluster",
        "next_category_1",
        "next_category_2",
        "next_category_3",
    }
    assert {name for name, kind in BESIDE_TASKS.items() if kind is Kind.NUMBER} == {
        "next_category_1_probability",
        "next_category_2_probability",
        "next_category_3_probability",
    }
