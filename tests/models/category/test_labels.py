from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.builder import build_features
from features.vocabulary import Vocabulary
from models.category.features import features_read
from models.category.labels import bought, category_examples
from models.category.model import CATEGORY
from models.category.pairs import COLUMNS, candidates
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.event_types import CART_ADDED, ITEM_PURCHASED, ORDER_PLACED, PRODUCT_VIEWED
from pipeline.events.history import history_of
from pipeline.events.outcome import outcome_of
from tests.rows import AS_OF, days_before, event, table

TYPES = (CART_ADDED, ITEM_PURCHASED, ORDER_PLACED, PRODUCT_VIEWED)
SHOP = Vocabulary(event_types=TYPES, terms={"category": ("tea", "Pots & pans")})
AMONG = candidates(SHOP)


def item(customer, age, category):
    return event(customer, days_before(age), ITEM_PURCHASED, category=category)


def order(customer, age):
    return event(customer, days_before(age), ORDER_PLACED)


# Ann drinks tea and looks at pots, then buys a pot and a kite; Bob bought pots long ago, then nothing more than a gift
# without a category; Cid is new and not asked about, whatever he buys.
ROWS = [
    *(order("ann", 40), item("ann", 40, "tea"), item("ann", 10, "tea")),
    event("ann", days_before(5), PRODUCT_VIEWED, category="Pots & pans"),
    *(item("ann", -3, "Pots & pans"), item("ann", -3, "kites")),
    *(order("bob", 200), item("bob", 200, "Pots & pans"), item("bob", -1, None)),
    *(event("cid", days_before(2), PRODUCT_VIEWED, category="tea"), item("cid", -2, "tea")),
    item("ann", -31, "tea"),
]


@pytest.fixture(scope="module")
def matrix():
    return build_features(history_of(table(ROWS), AS_OF), (), SHOP, features_read(CATEGORY, SHOP))


def outcome(horizon=CATEGORY.horizon, as_of=AS_OF):
    return outcome_of(table(ROWS), as_of, horizon)


def test_what_was_bought_within_the_horizon_counts_and_a_category_that_is_new_counts_as_other(matrix):
    assert AMONG.names == ("tea", "Pots & pans", "other")
    assert dict(zip(matrix.customer_id, bought(matrix, outcome(), AMONG).tolist(), strict=True)) == {
        "ann": [0, 1, 1],
        "bob": [0, 0, 0],
        "cid": [1, 0, 0],
    }


def test_only_the_population_is_asked_about(matrix):
    found = category_examples(CATEGORY, matrix, [outcome()], AMONG, seed=0)
    assert found.customer_id.tolist() == ["ann", "bob"]
    assert found.bought.tolist() == [[0, 1, 1], [0, 0, 0]]


def test_of_a_large_population_as_many_are_drawn_but_popularity_is_read_from_all(matrix):
    some = category_examples(CATEGORY, matrix, [outcome()], AMONG, seed=0, most=1)
    everyone = category_examples(CATEGORY, matrix, [outcome()], AMONG, seed=0)
    place = everyone.customer_id.tolist().index(some.customer_id[0])
    assert len(some) == 1
    assert np.array_equal(some.pairs[0], everyone.pairs[place], equal_nan=True)
    assert some.bought[0].tolist() == everyone.bought[place].tolist()


def test_pairs_tell_what_the_customer_did_in_each_category_and_what_the_shop_sells(matrix):
    (ann, bob) = category_examples(CATEGORY, matrix, [outcome()], AMONG, seed=0).pairs
    told = {name: ann[:, place].tolist() for place, name in enumerate(COLUMNS)}
    assert told["category_items_lifetime"] == [2, 0, 0]
    assert told["days_since_category_item"] == pytest.approx([10, np.nan, np.nan], nan_ok=True)
    assert told["category_views_30d"] == [0, 1, 0]
    assert told["was_bought_last"] == [1, 0, 0]
    assert told["items_lifetime"] == [2, 2, 2]
    assert told["popularity_lifetime"] == pytest.approx([3 / 6, 2 / 6, 1 / 6])
    assert told["popularity_90d"] == pytest.approx([3 / 5, 1 / 5, 1 / 5])
    assert told["share_of_items"] == pytest.approx([(2 + 5 * 3 / 6) / 7, (5 * 2 / 6) / 7, (5 * 1 / 6) / 7])
    assert bob[:, COLUMNS.index("was_bought_last")].tolist() == [0, 1, 0]


def test_an_outcome_begins_the_gap_after_its_cut_off(matrix):
    later = outcome(as_of=AS_OF + timedelta(days=2))
    found = category_examples(replace(CATEGORY, gap=timedelta(days=2)), matrix, [later], AMONG, seed=0)
    assert found.cut_offs == (AS_OF,)
    assert found.bought.tolist() == [[1, 1, 1], [0, 0, 0]]


def test_an_outcome_of_another_horizon_is_refused(matrix):
    with pytest.raises(ModelError, match="30 days"):
        category_examples(CATEGORY, matrix, [outcome(timedelta(days=90))], AMONG, seed=0)


def test_a_shop_whose_log_names_no_category_is_told_so(matrix):
    with pytest.raises(NotEnoughDataError, match="name a category, got none"):
        category_examples(CATEGORY, matrix, [outcome()], candidates(Vocabulary()), seed=0)


def test_without_outcomes_there_is_nothing_to_learn(matrix):
    with pytest.raises(NotEnoughDataError, match="at least one outcome"):
        category_examples(CATEGORY, matrix, [], AMONG, seed=0)


def test_features_that_a_population_names_are_read_as_well():
    task = replace(CATEGORY, population="revenue_365d > 0")
    names = [described.name for one in features_read(task, SHOP) for described, _ in one.columns(SHOP)]
    assert "revenue_365d" in names
    assert len(names) == len(set(names))
