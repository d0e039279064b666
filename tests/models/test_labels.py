from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.matrix import stacked
from models.labels import examples, labels, population
from models.members import members_of
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.history import history_of
from pipeline.events.outcome import Outcome
from tests.models.shop import AS_OF, CHURN, PURCHASE, SPEND, matrix_of
from tests.rows import event, table


def outcome(*rows: tuple[str, str, float], horizon: timedelta = CHURN.horizon) -> Outcome:
    events = [event(who, AS_OF, what, amount=amount) for who, what, amount in rows]
    return Outcome(AS_OF, horizon, table(events))


# c0 orders twice and gives something back, c1 does nothing, c2 only gives back, c9 is nobody that is asked about.
WHAT_CAME = outcome(
    ("c0", "order_placed", 20),
    ("c0", "order_placed", 10.5),
    ("c0", "order_refunded", 5),
    ("c2", "order_refunded", 7),
    ("c9", "order_placed", 99),
)
THREE = matrix_of([{"orders_365d": 1}, {"orders_365d": 2}, {"orders_365d": 3}])


def test_whoever_orders_has_not_churned() -> None:
    assert labels(CHURN, THREE, WHAT_CAME).tolist() == [0, 1, 1]


def test_a_purchase_is_the_opposite() -> None:
    assert labels(PURCHASE, THREE, WHAT_CAME).tolist() == [1, 0, 0]


def test_spend_is_net_of_what_was_given_back() -> None:
    assert labels(SPEND, THREE, WHAT_CAME).tolist() == [25.5, 0, -7]


def test_events_can_be_counted() -> None:
    task = Task("loyal", "orders_365d >= 1", "count(order_placed) >= 2", CHURN.horizon)
    assert labels(task, THREE, WHAT_CAME).tolist() == [1, 0, 0]


def test_only_the_events_that_a_target_means_are_counted() -> None:
    dear, cheap = (event("c0", AS_OF, amount=amount, category="boots") for amount in (50, 5))
    came = Outcome(AS_OF, CHURN.horizon, table([dear, cheap, event("c1", AS_OF, amount=80, category="tea")]))
    target = "count(order_placed, where => category = 'boots' and amount > 10)"
    assert labels(replace(SPEND, target=target), THREE, came).tolist() == [1, 0, 0]
    assert labels(replace(CHURN, target="never(order_placed, where => amount < 10)"), THREE, came).tolist() == [0, 1, 1]


def test_what_came_counts_however_late_it_was_told_of() -> None:
    late = event("c0", AS_OF, received_at=AS_OF + 2 * CHURN.horizon)
    assert labels(PURCHASE, THREE, Outcome(AS_OF, CHURN.horizon, table([late]))).tolist() == [1, 0, 0]


def test_an_outcome_without_events_labels_everybody() -> None:
    assert labels(CHURN, THREE, outcome()).tolist() == [1, 1, 1]


def test_labels_follow_the_order_of_the_rows() -> None:
    backwards = THREE.where(np.array([True, True, True]))
    turned = type(THREE)(backwards.customer_id[::-1], backwards.as_of, backwards.features, backwards.values[::-1])
    assert labels(SPEND, turned, WHAT_CAME).tolist() == [-7, 0, 25.5]


def test_a_null_is_not_in_the_population() -> None:
    rows = matrix_of([{"orders_365d": 0}, {"orders_365d": 1}, {}])
    assert population(CHURN, rows).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("asked", "members"),
    [
        ("refunds_90d >= 1", [False, False]),
        ("not refunds_90d >= 1", [False, False]),
        ("orders_365d >= 2 or refunds_90d >= 1", [False, True]),
        ("percentile(refunds_90d) >= 0", [False, False]),
    ],
)
def test_nobody_is_in_a_population_by_a_feature_that_the_shop_lacks(asked: str, members: list[bool]) -> None:
    rows = matrix_of([{"orders_365d": 1}, {"orders_365d": 2}])
    assert population(replace(CHURN, population=asked), rows).tolist() == members


def test_a_population_of_each_cut_off_is_its_own() -> None:
    early = matrix_of([{"orders_365d": 1}, {"orders_365d": 5}], AS_OF - timedelta(days=30))
    late = matrix_of([{"orders_365d": 7}, {"orders_365d": 9}])
    both = stacked(early.features, [late, early])
    assert population(replace(CHURN, population="percentile(orders_365d) >= 100"), both).tolist() == [
        False,
        True,
        False,
        True,
    ]


def test_a_population_may_ask_about_events_as_they_were_known_at_each_cut_off() -> None:
    early, late = AS_OF - timedelta(days=30), AS_OF
    bought = event("c0", AS_OF - timedelta(days=40))
    told_late = event("c1", AS_OF - timedelta(days=40), received_at=AS_OF - timedelta(days=10))
    history = history_of(table([bought, told_late]), AS_OF)
    rows = [matrix_of([{"orders_365d": 1}, {"orders_365d": 2}], moment) for moment in (late, early)]
    both = stacked(rows[0].features, rows)
    ever = replace(CHURN, population="happened(order_placed)")
    assert population(ever, both, history).tolist() == [True, True, True, False]
    recent = replace(CHURN, population="happened(order_placed, within => '35 days') and orders_365d >= 1")
    assert population(recent, both, history).tolist() == [False, False, True, False]
    assert members_of(recent, both, history).among(both).tolist() == [False, False, True, False]


def test_a_population_that_asks_about_events_is_not_told_from_features_alone() -> None:
    with pytest.raises(ModelError, match="asks about events as well"):
        population(replace(CHURN, population="happened(order_placed)"), THREE)


def test_examples_are_the_population_with_its_labels() -> None:
    rows = matrix_of([{"orders_365d": 0}, {"orders_365d": 2}, {"orders_365d": 3}])
    found = examples(SPEND, rows, [WHAT_CAME])
    assert found.matrix.customer_id.tolist() == ["c1", "c2"]
    assert found.label.tolist() == [0, -7]


def test_an_outcome_after_a_gap_labels_the_cut_off_before_it() -> None:
    gap = timedelta(days=7)
    rows = matrix_of([{"orders_365d": 1}, {"orders_365d": 2}, {"orders_365d": 3}], AS_OF - gap)
    found = examples(replace(CHURN, gap=gap), rows, [WHAT_CAME])
    assert found.matrix.cut_offs == (AS_OF - gap,)
    assert found.label.tolist() == [0, 1, 1]
    assert len(examples(CHURN, rows, [WHAT_CAME])) == 0


def test_the_members_told_are_the_population_whatever_the_rows_at_hand_would_say() -> None:
    best = replace(CHURN, population="percentile(orders_365d) >= 90")
    found = examples(best, THREE, [WHAT_CAME], np.array([True, True, False]))
    assert found.matrix.customer_id.tolist() == ["c0", "c1"]
    assert found.label.tolist() == [0, 1]


def test_an_outcome_of_another_horizon_is_refused() -> None:
    with pytest.raises(ModelError, match="90 days"):
        examples(CHURN, THREE, [outcome(horizon=timedelta(days=30))])


def test_without_outcomes_there_is_nothing_to_learn() -> None:
    with pytest.raises(ModelError, match="at least one outcome"):
        examples(CHURN, THREE, [])


def test_an_hour_in_a_target_is_that_of_the_shop():
    evening = replace(PURCHASE, target="happened(order_placed, where => hour = 23)")
    came = table([event("c0", AS_OF + timedelta(hours=21, minutes=30))])  # in summer, two hours later in Berlin
    for zone, bought in (("UTC", 0), ("Europe/Berlin", 1)):
        assert labels(evening, THREE, Outcome(AS_OF, CHURN.horizon, came, zone))[0] == bought
