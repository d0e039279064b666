import json

from models.ready import READY


def test_the_tasks_that_are_on_are_listed_with_their_model_before_those_that_are_ready(segcast, demo):
    said = segcast("tasks", "--project", demo, "--json")
    rows = json.loads(said.out)
    assert said.code == 0
    assert [(row["task"], row["state"]) for row in rows[:3]] == [("churn", "on"), ("purchase", "on"), ("spend", "on")]
    assert rows[0]["model"] == "version 1 is in service"
    assert [row["task"] for row in rows if row["state"] == "ready"] == [task.name for task in READY]
    assert rows[0]["in words"] == "No order within 90 days, of a customer who ordered in the last year."


def test_a_task_without_a_model_says_why(segcast, corner_shop):
    rows = json.loads(segcast("tasks", "--project", corner_shop, "--json").out)
    assert rows[0]["model"] == "No churn model was trained yet. Try `segcast train`."


def test_the_table_says_how_a_ready_task_is_switched_on(segcast, corner_shop):
    said = segcast("tasks", "--project", corner_shop)
    assert "such as [tasks.purchase_7d]" in said.out
    assert "orders_365d >= 1" in said.out


def test_a_horizon_is_suggested_in_words_and_in_shares(segcast, demo):
    said = segcast("tasks", "suggest", "--project", demo, "--as-of", "2026-07-01")
    assert said.code == 0
    assert "come within 180 days, the shortest of the usual horizons" in said.out
    assert "after the first order" in said.out


def test_a_suggestion_is_one_object_for_a_program(segcast, demo):
    found = json.loads(segcast("tasks", "suggest", "--project", demo, "--as-of", "2026-07-01", "--json").out)
    assert found["overall"]["horizon_days"] == 180
    assert found["overall"]["within"]["180"] >= 0.8
