"""A model has room above simple rules, and a ceiling that it cannot reach."""

import json
from datetime import timedelta

import pyarrow as pa
import pytest

from benchmarks.judged import CUT_OFF, Simulated, judge
from benchmarks.room import HORIZON, PROCESSES, room, table
from tests.rows import arrow, event


@pytest.fixture(scope="module", params=sorted(PROCESSES))
def figures(request):
    return json.loads(json.dumps(room(PROCESSES[request.param](5_000, 1), seed=1, resamples=200)))


def test_the_truth_leaves_a_model_room_above_both_simple_rules_beyond_noise(figures):
    for task in ("churn", "purchase", "purchase_30d"):
        for rule in ("recency", "frequency"):
            assert figures[task][f"truth_over_{rule}"]["low"] > 0
    assert figures["spend"]["truth_gini"] > figures["spend"]["last_year_gini"]


def test_every_figure_lies_in_its_interval(figures):
    for name in ("truth", "recency", "frequency"):
        low, auc, high = (figures["churn"][f"{name}_{end}"] for end in ("low", "auc", "high"))
        assert low < auc < high
        assert high - low < 0.06


def test_churn_and_purchase_within_the_same_days_mirror_each_other(figures):
    assert figures["churn"]["share"] + figures["purchase"]["share"] == pytest.approx(1)
    assert figures["churn"]["truth_auc"] == figures["purchase"]["truth_auc"]


def test_the_table_shows_what_is_known(figures):
    shown = table("a shop", figures)
    assert ("    best" in shown) == ("best_auc" in figures["churn"])
    assert f"{figures['churn']['truth_auc']:.3f}" in shown


def test_in_the_textbook_the_best_prediction_lies_between_simple_rules_and_the_truth():
    figures = room(PROCESSES["textbook"](5_000, 1), seed=1, resamples=200)
    for rule in ("recency", "frequency"):
        assert figures["churn"][f"best_over_{rule}"]["low"] > 0
    assert figures["churn"]["best_high"] < figures["churn"]["truth_low"]
    assert figures["spend"]["last_year_gini"] < figures["spend"]["best_gini"] < figures["spend"]["truth_gini"]


def test_customers_are_judged_by_what_was_known_at_the_cut_off_and_by_what_came_after():
    a_second, a_day = timedelta(seconds=1), timedelta(days=1)
    events = arrow(
        [
            event("A", CUT_OFF - 20 * a_day, event_id="1", amount=10),
            event("A", CUT_OFF - 10 * a_day, event_id="2", amount=30),
            event("A", CUT_OFF - 10 * a_day, event_id="2", amount=30),
            event("A", CUT_OFF - a_second, event_id="3", amount=99, received_at=CUT_OFF),
            event("A", CUT_OFF, event_id="4", amount=7),
            event("A", CUT_OFF + HORIZON - a_second, event_id="5", amount=5),
            event("A", CUT_OFF + HORIZON, event_id="6", amount=1000),
            event("B", CUT_OFF - 365 * a_day, event_id="7", amount=20),
            event("C", CUT_OFF - 365 * a_day - a_second, event_id="8", amount=20),
            event("D", CUT_OFF + a_day, event_id="9", amount=20),
        ]
    )
    truth = pa.table(
        {
            "customer_id": ["A", "B", "C", "D", "A"],
            "horizon_days": [90.0, 90, 90, 90, 30],
            "purchase_probability": [0.9, 0.2, 0.1, 0.5, 0.4],
            "expected_spend": [50.0, 10, 5, 20, 15],
        }
    )
    judged = judge(Simulated(events, truth), HORIZON)
    assert judged.customer_id.tolist() == ["A", "B"]
    assert judged.purchase["truth"].tolist() == [0.9, 0.2]
    assert judged.purchase["frequency"].tolist() == [2, 1]
    assert judged.purchase["recency"][0] - judged.purchase["recency"][1] == 355 * a_day / timedelta(microseconds=1)
    assert judged.spend["last_year"].tolist() == pytest.approx([40 * 90 / 365, 20 * 90 / 365])
    assert judged.ordered.tolist() == [1, 0]
    assert judged.spent.tolist() == [12, 0]
