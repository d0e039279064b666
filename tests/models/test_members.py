from dataclasses import replace
from datetime import timedelta

import numpy as np

from features.example_log import EXAMPLE_VOCABULARY
from features.matrix import stacked
from models.members import everyone_in, features_of_populations, members_of
from tests.models.shop import AS_OF, CHURN, PURCHASE, matrix_of

THEN = AS_OF - timedelta(days=30)
EARLY = matrix_of([{"orders_365d": 1}, {"orders_365d": 0}, {"orders_365d": 3}], THEN)
LATE = matrix_of([{"orders_365d": 0}, {"orders_365d": 4}, {"orders_365d": 0}])
EVERYBODY = stacked(EARLY.features, [EARLY, LATE])


def test_members_are_the_population_of_each_cut_off():
    assert members_of(CHURN, EVERYBODY).among(EVERYBODY).tolist() == [True, False, True, False, True, False]


def test_members_are_found_again_in_a_matrix_of_some_customers_in_another_order():
    some = EVERYBODY.where(np.array([True, True, False, True, True, False]))
    turned = stacked(some.features, [some.at(AS_OF), some.at(THEN)])
    assert turned.customer_id.tolist() == ["c0", "c1", "c0", "c1"]
    assert members_of(CHURN, EVERYBODY).among(turned).tolist() == [False, True, True, False]


def test_a_percentile_is_taken_among_everybody_though_few_are_kept():
    best = replace(CHURN, population="percentile(orders_365d) >= 50")
    members = members_of(best, EVERYBODY)
    few = EVERYBODY.where(EVERYBODY.column("orders_365d") >= 1)
    assert few.customer_id.tolist() == ["c0", "c2", "c1"]
    assert members.among(few).tolist() == [True, True, True]
    assert members_of(best, few).among(few).tolist() != members.among(few).tolist()


def test_a_cut_off_of_another_task_has_no_members():
    assert not members_of(CHURN, EARLY).among(LATE).any()


def test_everyone_in_any_population_is_named_once():
    loyal = replace(PURCHASE, population="orders_365d >= 3")
    found = everyone_in([members_of(CHURN, EARLY), members_of(loyal, EVERYBODY)])
    assert sorted(found.to_pylist()) == ["c0", "c1", "c2"]
    assert everyone_in([]).to_pylist() == []


def test_the_features_of_populations_are_those_they_read_and_one_that_everybody_has():
    newsletter = replace(CHURN, population="visit_source_share_newsletter_90d > 0")
    names = {
        column.name
        for feature in features_of_populations([CHURN, newsletter], EXAMPLE_VOCABULARY)
        for column, _ in feature.columns(EXAMPLE_VOCABULARY)
    }
    assert {"orders_365d", "days_since_first_event", "visit_source_share_newsletter_90d"} <= names
    assert not {"revenue_365d", "order_gap_mean_days"} & names
