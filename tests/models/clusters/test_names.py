from collections.abc import Mapping

import numpy as np
import pytest

from features.feature import FeatureColumn
from models.clusters.portraits import Portrait, draw_portraits
from tests.models.shop import COLUMNS, matrix_of

COFFEE, TOYS = "category_item_share_coffee_lifetime", "category_item_share_toys_lifetime"
READ = (*COLUMNS, *(FeatureColumn(name, "", "", "", "") for name in (COFFEE, TOYS, "repeat_product_share_365d")))

FREQUENT = {"days_since_last_order": 10, "days_since_first_order": 400, "orders_lifetime": 20, "revenue_lifetime": 900}
LAPSED = {"days_since_last_order": 300, "days_since_first_order": 310, "orders_lifetime": 1, "revenue_lifetime": 30}
NEW = {"days_since_last_order": 20, "days_since_first_order": 20, "orders_lifetime": 1, "revenue_lifetime": 40}
USUAL = {"days_since_last_order": 90, "days_since_first_order": 200, "orders_lifetime": 3, "revenue_lifetime": 100}


def portraits(*rows: Mapping[str, float], before: tuple[Portrait | None, ...] = ()) -> tuple[Portrait, ...]:
    """A portrait of each row as a cluster of its own, beside three usual customers in the last."""
    everybody = matrix_of([*rows, USUAL, USUAL, USUAL], columns=READ)
    members = np.minimum(np.arange(len(everybody)), len(rows))
    ids = [f"c{number + 1}" for number in range(len(rows) + 1)]
    old = before or (None,) * len(ids)
    return draw_portraits(everybody, members, ids, old, currency="€")


def names(*rows: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(portrait.name for portrait in portraits(*rows))


def test_names_say_what_sets_each_cluster_apart() -> None:
    assert names(FREQUENT, LAPSED, NEW) == (
        "Frequent big spenders",
        "Lapsed one-time buyers",
        "New one-time buyers",
        "Repeat buyers",
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"gift_season_order_share": 1.0}, "Gift-season repeat buyers"),
        ({"average_order_value_lifetime": 200.0}, "Big-basket repeat buyers"),
        ({COFFEE: 0.8, TOYS: 0.1}, "Buyers of coffee"),
        ({COFFEE: 0.4, TOYS: 0.5}, "Buyers of coffee and toys"),
    ],
)
def test_season_basket_and_taste_are_told(told: Mapping[str, float], expected: str) -> None:
    others = {"gift_season_order_share": 0.1, "average_order_value_lifetime": 40.0, COFFEE: 0.1, TOYS: 0.1}
    usual = {**USUAL, **others}
    everybody = matrix_of([{**usual, **told}, *[usual] * 4], columns=READ)
    first, _ = draw_portraits(everybody, np.array([0, 1, 1, 1, 1]), ["c1", "c2"], [None, None])
    assert first.name == expected


def test_who_has_lapsed_is_never_called_steady() -> None:
    steady, usual = {**USUAL, "order_gap_spread_ratio": 0.1}, {**USUAL, "order_gap_spread_ratio": 0.8}
    rows = [steady, {**steady, "days_since_last_order": 400}, usual, usual, usual]
    columns = (*READ, FeatureColumn("order_gap_spread_ratio", "", "", "", ""))
    told = draw_portraits(matrix_of(rows, columns=columns), np.array([0, 1, 2, 2, 2]), ["c1", "c2", "c3"], [None] * 3)
    assert [portrait.name for portrait in told[:2]] == ["Steady repeat buyers", "Lapsed repeat buyers"]


def test_clusters_alike_are_told_apart_by_another_word_that_is_true() -> None:
    same, other = {**LAPSED, "repeat_product_share_365d": 0.0}, {**LAPSED, "repeat_product_share_365d": 0.9}
    assert names(same, other)[:2] == ("Lapsed one-time buyers", "Lapsed one-time buyers who buy the same again")


def test_clusters_that_no_word_tells_apart_are_told_apart_by_spend() -> None:
    assert names(LAPSED, {**LAPSED, "revenue_lifetime": 60})[:2] == (
        "Lapsed one-time buyers, lowest spend",
        "Lapsed one-time buyers, highest spend",
    )


def test_the_sentence_has_the_middle_customers_numbers() -> None:
    (first, last) = portraits({**FREQUENT, COFFEE: 0.9, TOYS: 0.1})
    assert first.description == (
        "The middle customer has 20 orders, spent €900 in all and last ordered 10 days ago; 90 % of the items are "
        "coffee (90 % among all customers)."
    )
    assert last.description == "The middle customer has 3 orders, spent €100 in all and last ordered 90 days ago."


def test_a_cluster_keeps_its_name_while_it_is_alike() -> None:
    first, last = portraits(FREQUENT)
    kept = Portrait("c1", "The regulars", "", 1, 0.25, first.apart)
    assert portraits(FREQUENT, before=(kept, last))[0].name == "The regulars"
    assert portraits(LAPSED, before=(kept, last))[0].name == "Lapsed one-time buyers"


def test_a_new_cluster_never_takes_the_name_that_another_keeps() -> None:
    first, second, last = portraits(LAPSED, FREQUENT)
    kept = Portrait("c2", first.name, "", 1, 0.2, second.apart)
    found = portraits(LAPSED, FREQUENT, before=(None, kept, last))
    assert found[1].name == "Lapsed one-time buyers"
    assert len({portrait.name for portrait in found}) == 3
