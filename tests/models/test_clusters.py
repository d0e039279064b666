import numpy as np
import pytest

from models.cluster_names import name_clusters
from models.clusters import find_clusters
from models.examples import Examples
from pipeline.errors import NotEnoughDataError
from tests.models.shop import AS_OF, matrix_of, shop

FREQUENT = {"days_since_last_order": 10, "days_since_first_order": 400, "orders_lifetime": 20, "revenue_lifetime": 900}
LAPSED = {"days_since_last_order": 300, "days_since_first_order": 310, "orders_lifetime": 1, "revenue_lifetime": 30}
NEW = {"days_since_last_order": 20, "days_since_first_order": 20, "orders_lifetime": 1, "revenue_lifetime": 40}
USUAL = {"days_since_last_order": 90, "days_since_first_order": 200, "orders_lifetime": 3, "revenue_lifetime": 100}


def test_names_say_what_sets_each_cluster_apart() -> None:
    rows = matrix_of([FREQUENT, LAPSED, NEW, USUAL, USUAL, USUAL])
    names = name_clusters(rows, np.array([0, 1, 2, 3, 3, 3]), 4)
    assert names == ("Frequent big spenders", "Lapsed one-time buyers", "New one-time buyers", "Repeat buyers")


def test_clusters_alike_are_told_apart_by_spend() -> None:
    richer = {**LAPSED, "revenue_lifetime": 60}
    names = name_clusters(matrix_of([LAPSED, richer, USUAL, USUAL, USUAL]), np.array([0, 1, 2, 2, 2]), 3)
    assert names[:2] == ("Lapsed one-time buyers, lowest spend", "Lapsed one-time buyers, highest spend")


def test_three_to_six_clusters_with_distinct_names_cover_everybody() -> None:
    now = shop(1500, [AS_OF]).matrix
    clusters = find_clusters(now, seed=0)
    assert 3 <= len(set(clusters.names)) == len(clusters.names) <= 6
    assert set(clusters.assign(now).tolist()) == set(clusters.names)


def test_the_same_seed_finds_the_same_clusters() -> None:
    now = shop(800, [AS_OF]).matrix
    first, second = find_clusters(now, seed=3), find_clusters(now, seed=3)
    assert first.names == second.names
    assert first.assign(now).tolist() == second.assign(now).tolist()


def test_too_few_customers_have_no_clusters() -> None:
    with pytest.raises(NotEnoughDataError, match="at least 100 customers with an order, got 2"):
        find_clusters(matrix_of([FREQUENT, LAPSED]), seed=0)


def test_nobody_is_in_no_cluster(past: Examples) -> None:
    clusters = find_clusters(past.matrix, seed=0)
    assert clusters.assign(past.matrix.where(np.zeros(len(past), dtype=bool))).shape == (0,)


def test_whoever_only_gave_back_is_in_no_cluster() -> None:
    clusters = find_clusters(shop(300, [AS_OF]).matrix, seed=0)
    assert clusters.assign(matrix_of([{"orders_lifetime": 0}, FREQUENT])).tolist()[0] is None
