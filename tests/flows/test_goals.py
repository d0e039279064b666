import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.goals import ready_beside, tasks_of
from flows.project import open_project
from models.category.model import CATEGORY
from models.ready import READY
from models.tasks import TASKS
from pipeline.errors import ConditionError, SettingsError
from pipeline.settings import TaskSettings

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
GOAL = """
[tasks.loyal]
population = "orders_365d >= 2"
target = "count(order_placed) >= 2"
horizon = "60 days"
gap = "7 days"
lookback = "400 days"
"""


def with_settings(shop, text):
    path = shop / "segcast.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return open_project(shop)


def names(project):
    return [task.name for task in project.tasks]


def test_every_shop_has_the_three_built_in_tasks(corner_shop):
    assert open_project(corner_shop).tasks == TASKS


def test_naming_a_ready_task_switches_it_on(corner_shop):
    project = with_settings(corner_shop, "[tasks.churn_7d]\n[tasks.purchase_7d]\n")
    assert names(project) == ["churn", "purchase", "spend", "purchase_7d", "churn_7d"]
    assert set(project.tasks) <= {*TASKS, *READY}
    assert {task.name for task in ready_beside(project.tasks)}.isdisjoint(names(project))
    assert len(ready_beside(project.tasks)) == len(READY) - 2


def test_a_goal_of_the_shops_own_is_a_task(corner_shop):
    task = with_settings(corner_shop, GOAL).tasks[-1]
    assert (task.name, task.population, task.target) == ("loyal", "orders_365d >= 2", "count(order_placed) >= 2")
    assert (task.horizon.days, task.gap.days, task.lookback) == (60, 7, timedelta(days=400))
    assert task.prediction == "loyal_probability"


def test_a_segment_may_read_what_a_goal_predicts(corner_shop):
    text = "- name: soon_loyal\n  when: loyal_probability >= 0.5\n"
    (corner_shop / "segments.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConditionError, match="loyal_probability"):
        open_project(corner_shop)
    assert "soon_loyal" in [segment.name for segment in with_settings(corner_shop, GOAL).segments()]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            "horizon = '9 days'",
            'it lacks a population such as "orders_365d >= 2" and a target such as "never(order_placed)".',
        ),
        (
            "population = 'orders_365d >= 1'\ntarget = 'never(order_placed)'",
            'As a goal of your own it lacks a horizon such as "60 days".',
        ),
        (
            "population = 'orders_365d >= 1'\nhorizon = '9d'",
            'As a goal of your own it lacks a target such as "never(order_placed)".',
        ),
        ("", 'Did you mean "churn"? As a goal of your own it lacks'),
    ],
)
def test_what_a_goal_lacks_is_said_in_one_sentence(corner_shop, lines, sentence):
    with pytest.raises(SettingsError) as error:
        with_settings(corner_shop, f"[tasks.chur]\n{lines}\n")
    assert 'there is no task "chur".' in str(error.value)
    assert sentence in str(error.value)


@pytest.mark.parametrize("name", ["Loyal", "2nd_order", '"second order"', "wiederkäufer", "a" * 41])
def test_a_task_is_named_in_small_letters_digits_and_underscores(corner_shop, name):
    key = name if name.startswith('"') else f'"{name}"'
    with pytest.raises(SettingsError, match="expected a task's name of at most 40 lower case letters"):
        with_settings(corner_shop, f"[tasks.{key}]\n")


@pytest.mark.parametrize("name", ["clusters", "next_order"])
def test_a_name_that_is_taken_is_refused(corner_shop, name):
    with pytest.raises(SettingsError, match="Choose another name"):
        with_settings(corner_shop, GOAL.replace("loyal", name))


def test_two_tasks_cannot_fill_the_same_column(corner_shop):
    amount = GOAL.replace("[tasks.loyal]", "[tasks.loyal_probability]").replace(' >= 2"\nhor', '"\nhor')
    truth = GOAL.replace("[tasks.loyal]", "[tasks.expected_loyal]")
    with pytest.raises(SettingsError, match="would write expected_loyal_probability, which is written by the task"):
        with_settings(corner_shop, truth + amount)


def test_what_a_goal_writes_is_predicted_before_anything_is_trained(corner_shop):
    leaving = GOAL.replace("count(order_placed) >= 2", "never(order_placed)")
    written = with_settings(corner_shop, leaving).predicted
    assert {"loyal_probability", "loyal_value_at_stake", "loyal_band", "loyal_reason_3"} <= written.keys()


@pytest.mark.parametrize("name", ["next_category_1", "next_category_3"])
def test_a_goal_cannot_fill_a_column_that_no_task_writes(corner_shop, name):
    with pytest.raises(SettingsError, match=f"would write {name}_probability, which is written whatever the tasks"):
        with_settings(corner_shop, GOAL.replace("[tasks.loyal]", f"[tasks.{name}]"))


def test_segments_may_read_everything_that_a_task_writes(corner_shop):
    text = "- name: sure\n  when: churn_band = 'low' and purchase_value_at_stake > 3 and next_category_1 = 'boots'\n"
    (corner_shop / "segments.yaml").write_text(text, encoding="utf-8")
    project = open_project(corner_shop)
    (sure,) = (segment for segment in project.segments() if segment.name == "sure")
    assert sure.kind(project.predicted) == "predicted"
    assert sure.score_column(project.predicted) == "purchase_value_at_stake"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("orders_365d >= 2", "order_365d >= 2", 'Did you mean "orders_365d"'),
        ("count(order_placed) >= 2", "orders_365d = 0", "task loyal, target"),
        ('"400 days"', '"66 days"', "expected a lookback of at least 67 days"),
        ('"7 days"', '"soon"', 'expected a number of days such as "90 days", got "soon"'),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused_before_any_work(corner_shop, old, new, sentence):
    with pytest.raises((ConditionError, SettingsError), match=sentence):
        with_settings(corner_shop, GOAL.replace(old, new))


def test_words_of_ours_are_not_put_upon_conditions_of_the_shop():
    told = tasks_of({"churn": TaskSettings(population="orders_365d >= 3", horizon="30 days")})
    churn = told[0]
    assert churn.in_words == "never(order_placed) within 30 days, for customers with orders_365d >= 3."
    assert tasks_of({"churn": TaskSettings(horizon="30 days")})[0].in_words.startswith("No order within 30 days")


def test_the_page_about_tasks_tells_of_each_task_what_the_task_says_of_itself():
    for task in (*TASKS, *READY):
        assert f"| `{task.name}` | {task.words.replace(' within {horizon}', '')} | {task.horizon_days:g} days |" in PAGE


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_settings_on_the_page_about_tasks_make_tasks(corner_shop, block):
    assert set(re.findall(r"^\[tasks\.(\w+)\]", block, re.MULTILINE)) <= set(names(with_settings(corner_shop, block)))


def test_the_next_category_is_asked_for_by_name_and_keeps_its_target(corner_shop):
    project = with_settings(corner_shop, '[tasks.category]\nhorizon = "60 days"\n')
    assert project.category_task == replace(CATEGORY, horizon=timedelta(days=60))
    assert CATEGORY.name not in {task.name for task in project.tasks}


def test_the_next_category_has_no_other_target(corner_shop):
    with pytest.raises(SettingsError, match="has a target of its own"):
        with_settings(corner_shop, '[tasks.category]\ntarget = "never(order_placed)"\n')
