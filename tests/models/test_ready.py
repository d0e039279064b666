from datetime import timedelta

import pytest

from features.catalogue import describe
from features.families.kinds import ON_SITE
from models.labels import labels, population
from models.ready import READY
from models.tasks import TASKS, Task, TaskKind, find_task, validate
from pipeline.conditions.questions import event_calls
from pipeline.events.event_types import EVENT_TYPES
from pipeline.events.outcome import outcome_of
from tests.models.shop import AS_OF, COLUMNS, matrix_of
from tests.rows import event, table

NAMES = [task.name for task in READY]


def ready(name: str) -> Task:
    return find_task(name, READY)


def label(task: Task, *event_types: str) -> float:
    came = table([event("c0", AS_OF + timedelta(days=3), name) for name in event_types])
    return labels(task, matrix_of([{}]), outcome_of(came, AS_OF, task.horizon))[0]


def is_member(task: Task, **features: float) -> bool:
    columns = [*COLUMNS, *(column for column in describe() if column.name in task.population_columns)]
    return population(task, matrix_of([features], columns=columns))[0]


@pytest.mark.parametrize("task", READY, ids=NAMES)
def test_a_ready_task_reads_what_there_is_and_says_in_words_what_it_predicts(task):
    validate(task, [column.name for column in describe()])
    assert {call.event_type for call in event_calls(task.target_node)} <= EVENT_TYPES.keys()
    assert f"{task.horizon_days:g} days" in task.in_words
    assert "{" not in task.in_words


def test_no_two_tasks_fill_the_same_column():
    columns = [task.prediction for task in (*TASKS, *READY)]
    assert len(set(columns)) == len(columns)
    assert not {column.name for column in describe()} & set(columns)


@pytest.mark.parametrize(("days", "member"), [(0.1, True), (28, True), (28.01, False)])
def test_a_purchase_within_a_week_is_asked_of_those_active_in_the_last_four(days, member):
    assert bool(is_member(ready("purchase_7d"), days_since_last_visit=days)) is member


@pytest.mark.parametrize("name", [*ON_SITE, "order_placed"])
def test_who_does_anything_within_a_week_is_still_active(name):
    task = ready("churn_7d")
    assert label(task, name) == 0
    assert label(task, "email_delivered") == 1


@pytest.mark.parametrize(
    ("came", "churned"),
    [
        (["subscription_renewed"], 0),
        (["subscription_started"], 0),
        ([], 1),
        (["subscription_cancelled"], 1),
        (["subscription_renewed", "subscription_cancelled"], 1),
        (["order_placed"], 1),
    ],
)
def test_a_subscriber_leaves_by_cancelling_or_by_renewing_nothing(came, churned):
    assert label(ready("subscription_churn"), *came) == churned


@pytest.mark.parametrize(
    ("term", "overdue", "member"),
    [(30, 0.5, True), (365, 0.5, False), (365, 0.95, True), (30, 1.9, True), (30, 2.1, False)],
)
def test_only_a_subscription_that_falls_due_can_lapse(term, overdue, member):
    features = {"subscription_term_mean_days": term, "subscription_overdue_ratio": overdue}
    assert bool(is_member(ready("subscription_churn"), is_subscribed=1, **features)) is member
    assert not is_member(ready("subscription_churn"), is_subscribed=0, **features)


def test_a_cancellation_is_asked_of_every_subscriber_whatever_the_term():
    assert is_member(ready("subscription_cancellation"), is_subscribed=1)
    assert label(ready("subscription_cancellation")) == 0
    assert label(ready("subscription_cancellation"), "subscription_cancelled") == 1


def test_use_is_a_feature_used_or_a_login_whichever_a_shop_logs():
    task = ready("usage_churn")
    assert is_member(task, logins_30d=1)
    assert is_member(task, feature_uses_30d=1)
    assert not is_member(task, feature_uses_30d=0)
    assert [label(task), label(task, "logged_in"), label(task, "feature_used")] == [1, 0, 0]


def test_a_year_of_spend_and_orders_are_amounts():
    amounts = [ready(name) for name in ("orders", "orders_365d", "spend_365d")]
    assert {task.kind for task in amounts} == {TaskKind.AMOUNT}
    assert [task.horizon_days for task in amounts] == [90, 365, 365]
    assert label(amounts[0], "order_placed", "order_placed") == 2
