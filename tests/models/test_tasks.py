from dataclasses import replace
from datetime import timedelta

import pytest

from models.tasks import TASKS, Task, TaskKind, find_task, validate
from pipeline.errors import ConditionError, ModelError

CHURN, PURCHASE, SPEND = TASKS


def test_the_kind_follows_from_the_target() -> None:
    assert [task.kind for task in TASKS] == [TaskKind.PROBABILITY, TaskKind.PROBABILITY, TaskKind.AMOUNT]


def test_the_prediction_column_is_named_after_the_task() -> None:
    assert [task.prediction for task in TASKS] == ["churn_probability", "purchase_probability", "expected_spend"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_built_in_tasks_are_valid(task: Task) -> None:
    validate(task, ["orders_365d"])


def test_a_misspelt_feature_in_a_population_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConditionError, match=r"task churn, population.*orders_365d"):
        validate(replace(CHURN, population="order_365d >= 1"), ["orders_365d"])


def test_a_population_is_true_or_false() -> None:
    with pytest.raises(ConditionError, match="task churn, population"):
        validate(replace(CHURN, population="orders_365d + 1"), ["orders_365d"])


def test_a_target_cannot_read_a_feature() -> None:
    with pytest.raises(ConditionError, match="task churn, target"):
        validate(replace(CHURN, target="orders_365d = 0"), ["orders_365d"])


def test_a_text_is_no_target() -> None:
    with pytest.raises(ConditionError, match="task churn, target: expected a truth"):
        validate(replace(CHURN, target="'never'"), ["orders_365d"])


def test_a_horizon_lies_ahead() -> None:
    with pytest.raises(ConditionError, match="horizon"):
        validate(replace(CHURN, horizon=timedelta(0)), ["orders_365d"])


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(ModelError, match='Did you mean "churn"'):
        find_task("chrun")
