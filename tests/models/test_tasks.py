import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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


def test_a_gap_does_not_lie_behind():
    with pytest.raises(ConditionError, match="expected a gap of no or some days, got -1 days"):
        validate(replace(CHURN, gap=timedelta(days=-1)), ["orders_365d"])


@pytest.mark.parametrize(("days", "enough"), [(96, False), (97, True)])
def test_a_lookback_holds_the_gap_and_the_horizon_of_one_cut_off(days, enough):
    task = replace(CHURN, gap=timedelta(days=7), lookback=timedelta(days=days))
    if enough:
        validate(task, ["orders_365d"])
    else:
        with pytest.raises(ConditionError, match=r"a lookback of at least 97 days.*got 96 days"):
            validate(task, ["orders_365d"])


def test_a_target_that_reads_no_event_is_refused():
    with pytest.raises(ConditionError, match="expected something that may come"):
        validate(replace(CHURN, target="1 = 1"), ["orders_365d"])


def test_an_outcome_begins_a_gap_after_its_cut_off_and_reaches_a_horizon_further():
    task = replace(CHURN, gap=timedelta(days=7))
    cut_off = datetime(2026, 3, 1, tzinfo=UTC)
    assert task.outcome_begins(cut_off) == datetime(2026, 3, 8, tzinfo=UTC)
    assert task.reach == timedelta(days=97)
    assert CHURN.reach == CHURN.horizon


def test_a_task_says_what_it_reads():
    assert SPEND.event_types == {"order_placed", "order_refunded"}
    assert SPEND.population_columns == {"orders_365d"}


def test_a_task_says_in_words_what_it_predicts_of_whom_and_how_far_ahead():
    assert CHURN.in_words == "No order within 90 days, of a customer who ordered in the last year."
    assert replace(CHURN, horizon=timedelta(days=30)).in_words.startswith("No order within 30 days")
    own = Task("loyal", "orders_365d >= 2", "happened(order_placed)", timedelta(days=60), timedelta(days=7))
    assert own.in_words == (
        "happened(order_placed) within 60 days, for customers with orders_365d >= 2. "
        "The days begin 7 days after the prediction."
    )


def test_words_are_no_part_of_what_a_task_asks():
    assert replace(CHURN, words="Leaving.") == CHURN


@pytest.mark.parametrize(
    "task", [CHURN, SPEND, replace(CHURN, gap=timedelta(days=7), lookback=timedelta(days=400))], ids=str
)
def test_a_task_is_read_back_from_plain_values(task):
    told = json.loads(json.dumps(task.as_dict()))
    assert Task.from_dict(told) == task
    assert Task.from_dict(told).words == task.words


def test_a_task_told_before_there_were_gaps_has_none():
    told = {"name": "churn", "population": "orders_365d >= 1", "target": "never(order_placed)", "horizon": 90.0}
    assert Task.from_dict(told) == CHURN


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(ModelError, match='Did you mean "churn"'):
        find_task("chrun")
