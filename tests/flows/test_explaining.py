import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from flows.cli.explain_words import assumed_in_words, outlook_in_words, own_values, task_in_words
from flows.demo import END
from flows.explaining import explain_customer, unit
from flows.project import open_project
from models.money import economics
from models.tasks import Task
from pipeline.errors import UserError
from pipeline.publish.publication import latest

AS_OF = f"{END:%Y-%m-%d}"
SAID = {
    "task": "churn",
    "says": "No order within 90 days.",
    "unit": "probability",
    "prediction": 0.62,
    "percentile": 84.0,
    "among": 1203,
    "band": "high",
    "value_at_stake": 120.3,
    "reasons": ["No order for 74 days, usually every 21"],
    "contact": {
        "aim": "keep",
        "expected_profit": -0.5,
        "best_list": {"threshold": 0.7, "size": 1200},
        "economics": {
            "margin": 0.3,
            "contact_cost": 0.05,
            "offer_cost": 5.0,
            "save_rate": 0.05,
            "assumed": ("margin",),
        },
    },
}


@pytest.fixture(scope="module")
def customer(demo):
    """Somebody of whom churn speaks."""
    table = pq.ParquetFile(latest(demo / "published").path / "predictions.parquet").read()
    return next(row["customer_id"] for row in table.to_pylist() if row["churn_reason_1"])


@pytest.fixture(scope="module")
def told(demo, customer):
    return explain_customer(open_project(demo), customer, END)


def test_every_task_in_service_says_why_and_where_the_customer_stands(project, told):
    spoken = {said["task"]: said for said in told["tasks"]}
    assert spoken.keys() <= {task.name for task in project.tasks}
    churn = spoken["churn"]
    assert churn["prediction"] == told["predictions"]["churn_probability"]
    assert 0 <= churn["percentile"] <= 100
    assert churn["among"] > 100
    assert churn["band"] in {"high", "medium", "low"}
    assert churn["value_at_stake"] == told["predictions"]["value_at_stake"]
    assert all(1 <= len(said["reasons"]) <= 3 for said in told["tasks"])


def test_what_is_predicted_is_no_feature(told):
    assert "churn_reason_1" in told["predictions"]
    assert "orders_365d" in told["features"]
    assert told["predictions"].keys().isdisjoint(told["features"])


def test_each_segment_shows_the_customers_own_values_of_what_decides(project, told):
    assert list(told["because"]) == told["segments"]
    segments = {segment.name: segment for segment in project.segments(project.registry.clusters())}
    for name, because in told["because"].items():
        (settled,) = (one for one in segments[name].definitions if one.when == because["when"])
        assert tuple(because["own"]) == settled.reads
        assert all(0 <= rank <= 100 for rank in because["percentiles"].values())
    assert any(value is not None for because in told["because"].values() for value in because["own"].values())


def test_a_contact_that_costs_more_than_it_can_bring_is_on_no_list(project, customer):
    dear = economics(margin=0.3, contact_cost=10_000, offer_cost=0, save_rate=0.1)
    (churn,) = (said for said in explain_customer(project, customer, END, dear)["tasks"] if said["task"] == "churn")
    assert churn["contact"]["best_list"]["size"] == 0
    assert churn["contact"]["expected_profit"] < 0
    assert churn["contact"]["economics"]["assumed"] == ()


def test_what_no_shop_stated_is_said_to_be_assumed(told):
    (churn,) = (said for said in told["tasks"] if said["task"] == "churn")
    assert churn["contact"]["economics"]["assumed"] == ("margin", "contact_cost", "offer_cost", "save_rate")


def test_somebody_unknown_is_not_repeated(project):
    with pytest.raises(UserError, match="got an id that is not") as raised:
        explain_customer(project, "secret@example.com", END)
    assert "secret" not in str(raised.value)


def test_people_and_programs_are_told_the_same(segcast, demo, customer):
    words = ("explain", customer, "--project", demo, "--as-of", AS_OF)
    people, programs = segcast(*words), segcast(*words, "--json")
    assert (people.code, programs.code) == (0, 0)
    found = json.loads(programs.out)
    for said in found["tasks"]:
        assert all(reason in people.out for reason in said["reasons"])
        assert said["says"] in people.out
    assert all(name in people.out for name in found["segments"])
    assert "assumed, not measured: margin 30 %" in people.out


def test_a_task_is_told_in_a_few_lines():
    assert list(task_in_words(SAID, "£")) == [
        "churn: 62 %, high risk, higher than 84 % of 1,203 customers",
        "  No order within 90 days.",
        "  • No order for 74 days, usually every 21",
        "  At stake: £120.30",
        "  A contact is expected to bring -£0.50. It pays most from 70 % on, for 1,200 customers.",
    ]


def test_what_is_assumed_of_money_is_said_once_and_nothing_where_all_is_stated():
    assert list(assumed_in_words([{"contact": None}, SAID, SAID], "£")) == [
        "What a contact brings is assumed, not measured: margin 30 %."
    ]
    stated = {**SAID["contact"], "economics": {**SAID["contact"]["economics"], "assumed": ()}}
    assert list(assumed_in_words([{**SAID, "contact": stated}], "£")) == []
    assert list(assumed_in_words([], "£")) == []


def test_a_contact_that_pays_for_nobody_is_said_to():
    contact = {**SAID["contact"], "best_list": {"threshold": None, "size": 0}}
    *_, last = task_in_words({**SAID, "contact": contact}, "£")
    assert last == "  A contact is expected to bring -£0.50. It pays for nobody."


def test_a_segment_is_told_with_the_customers_own_values():
    own = {"orders_365d": 6.0, "days_since_last_order": 4.479, "revenue_365d": 1413.5, "cluster": "Loyal"}
    asked = {"count(order_placed)": 4.0, "consented('email')": True}
    ranks = {"revenue_365d": 93.25}
    told = own_values({"own": {**own, "visits_30d": None}, "percentiles": ranks, "asked": asked})
    assert told == (
        "orders_365d 6, days_since_last_order 4.48, revenue_365d 1,414, cluster Loyal, visits_30d \N{EN DASH}, "
        "percentile of revenue_365d 93.25, count(order_placed) 4, consented('email') yes"
    )


def test_an_amount_is_told_as_money_and_nothing_is_made_of_it():
    spend = {**SAID, "task": "spend", "unit": "money", "prediction": 1204.5, "band": None, "percentile": None}
    lines = list(task_in_words({**spend, "value_at_stake": None, "contact": None}, "EUR "))
    assert lines[0] == "spend: EUR 1,204.50"
    assert len(lines) == 3


def test_a_likely_order_is_not_said_to_follow_from_a_contact():
    contact = {**SAID["contact"], "aim": "win"}
    *_, last = task_in_words({**SAID, "contact": contact}, "£")
    assert last.endswith("A likely order is not one that a contact brings.")


def test_what_is_predicted_beside_tasks_is_told_once():
    predictions = {"churn_probability": 0.6, "expected_next_order_at": END, "expected_value_365d": 80.0}
    assert list(outlook_in_words(predictions, "£")) == [
        f"Next order expected: {AS_OF}",
        "Expected to spend within a year: £80.00",
    ]
    between = {"expected_next_order_from": END - timedelta(days=2), "expected_next_order_until": END}
    assert list(outlook_in_words({**predictions, **between, "cluster": "Loyal"}, "£")) == [
        f"Next order expected: {AS_OF}, in eight of ten cases from {END - timedelta(days=2):%Y-%m-%d} to {AS_OF}",
        "Expected to spend within a year: £80.00",
        "Cluster: Loyal",
    ]


@pytest.mark.parametrize(
    ("target", "counted"),
    [
        ("never(order_placed)", "probability"),
        ("sum(order_placed, amount)", "money"),
        ("count(order_placed)", "number"),
    ],
)
def test_a_number_of_orders_is_no_money(target, counted):
    task = Task("goal", "orders_365d >= 1", target, timedelta(days=30))
    assert unit(task) == counted
    said = {**SAID, "unit": counted, "prediction": 0.5}
    first = {"probability": "50 %", "money": "£0.50", "number": "0.50"}[counted]
    assert next(task_in_words(said, "£")).startswith(f"churn: {first}, ")
