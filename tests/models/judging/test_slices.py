import numpy as np
import pytest

from models.examples import Examples
from models.judging.judged import Judged
from models.judging.slices import slices
from models.tasks import TaskKind
from tests.models.shop import matrix_of

RANDOM = np.random.default_rng(0)
COUNT = 1200
ROWS = [
    {
        "days_since_last_order": float(RANDOM.integers(1, 300)),
        "days_since_first_order": 30.0 if number % 4 == 0 else 400.0,
        "orders_365d": float(1 + number % 3),
        "orders_lifetime": float(1 + (number % 2)),
        "revenue_365d": float(number),
    }
    for number in range(COUNT)
]
MATRIX = matrix_of(ROWS)
TRUTH = RANDOM.random(COUNT)
LABEL = (RANDOM.random(COUNT) < TRUTH).astype(float)


def judged(predicted, rule=None):
    guess = RANDOM.random(COUNT)
    return Judged(Examples(MATRIX, LABEL), predicted, {"recency": guess if rule is None else rule, "frequency": guess})


def sliced(of, groups=None):
    return slices(of, TaskKind.PROBABILITY, groups=groups or {}, seed=0, resamples=100)


def test_customers_are_told_apart_by_orders_age_and_value():
    parts = sliced(judged(TRUTH))
    assert [(part.by, part.name, part.customers) for part in parts] == [
        ("buyers", "one-time", 600),
        ("buyers", "repeat", 600),
        ("age", "new", 300),
        ("age", "known", 900),
        ("value", "lowest third", 400),
        ("value", "middle third", 400),
        ("value", "highest third", 400),
    ]
    assert parts[0].title == "one-time buyers"
    assert parts[2].title == "customers with a first order under 90 days ago"
    assert not any(part.loses for part in parts)


def test_a_group_given_from_outside_is_a_slice_of_those_whom_it_names():
    living = {f"c{number}": "AT" if number < 250 else "DE" for number in range(600)}
    parts = [part for part in sliced(judged(TRUTH), {"country": living}) if part.by == "country"]
    assert [(part.title, part.customers) for part in parts] == [("country AT", 250), ("country DE", 350)]


def test_a_slice_with_too_few_customers_is_left_out():
    few = {f"c{number}": "LI" for number in range(199)} | {f"c{number}": "DE" for number in range(199, 700)}
    assert [part.name for part in sliced(judged(TRUTH), {"country": few}) if part.by == "country"] == ["DE"]


def test_a_slice_in_which_hardly_anybody_left_is_left_out():
    stayed = np.flatnonzero(LABEL == 0)[:400]
    left = np.flatnonzero(LABEL == 1)[:29]
    loyal = {f"c{number}": "loyal" for number in (*stayed.tolist(), *left.tolist())}
    assert [part for part in sliced(judged(TRUTH), {"club": loyal}) if part.by == "club"] == []


def test_the_figures_of_a_slice_are_those_of_its_rows():
    first = sliced(judged(TRUTH))[0]
    rows = MATRIX.column("orders_lifetime") == 1
    wins, losses = TRUTH[rows & (LABEL == 1)], TRUTH[rows & (LABEL == 0)]
    assert first.metrics["n"] == 600
    assert first.metrics["roc_auc"] == pytest.approx((wins[:, None] > losses).mean())


def test_a_slice_on_which_a_rule_does_better_says_so():
    new = MATRIX.column("days_since_first_order") < 90
    predicted = np.where(new, 1 - TRUTH, TRUTH)
    losing = [part for part in sliced(judged(predicted, rule=TRUTH)) if part.loses]
    assert {part.name for part in losing} >= {"one-time", "new"}
    (of_new,) = (part for part in losing if part.name == "new")
    assert of_new.difference.high < 0
    told = of_new.to_json()
    assert told["rule"] == "recency"
    assert told["rule_metrics"]["roc_auc"] > told["roc_auc"]


def test_without_the_simple_rules_there_is_nothing_to_stand_beside():
    assert sliced(Judged(Examples(MATRIX, LABEL), TRUTH, {"rfm": TRUTH})) == ()


def test_a_shop_without_orders_has_no_slices_by_them():
    bare = matrix_of([{"orders_365d": float(number % 3)} for number in range(COUNT)])
    of = Judged(Examples(bare, LABEL), TRUTH, {"recency": TRUTH})
    assert sliced(of) == ()


def test_a_slice_has_intervals_about_its_ranking_and_its_level():
    for part in sliced(judged(TRUTH)):
        assert list(part.intervals) == ["roc_auc", "ece"]
        for name, interval in part.intervals.items():
            assert interval.low <= part.metrics[name] <= interval.high
        assert part.to_json()["intervals"]["roc_auc"]["low"] == part.intervals["roc_auc"].low
