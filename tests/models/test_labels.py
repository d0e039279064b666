from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import ibis
import numpy as np
import pytest

from features.matrix import stacked
from models.labels import examples, labels, population
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.outcome import Outcome
from tests.models.shop import AS_OF, CHURN, PURCHASE, SPEND, matrix_of


def outcome(*rows: tuple[str, str, float], horizon: timedelta = CHURN.horizon) -> Outcome:
    events = [{"customer_id": who, "event_type": what, "amount": Decimal(str(amount))} for who, what, amount in rows]
    schema = {"customer_id": "string", "event_type": "string", "amount": "decimal(18, 4)"}
    return Outcome(AS_OF, horizon, ibis.memtable(events, schema=schema))


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
