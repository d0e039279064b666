from dataclasses import replace

import numpy as np
import pytest

from features.matrix import stacked
from features.vocabulary import Vocabulary
from models.category.model import CATEGORY, ranked
from models.category.pairs import candidates
from models.category.training import train_category
from pipeline.errors import ModelError
from tests.models.category_shop import AMONG, VOCABULARY, category_shop, matrix_at, moments, wishes
from tests.models.shop import AS_OF


@pytest.fixture(scope="module")
def model():
    return train_category(CATEGORY, category_shop(700, moments(3)), as_of=AS_OF, seed=0, vocabulary=VOCABULARY)


def test_a_planted_preference_is_found_among_customers_who_were_never_seen(model):
    found = model.rank(matrix_at(AS_OF, 500, seed=9))
    assert (found.categories[:, 0] == wishes(500, seed=9)).mean() > 0.95


def test_the_probability_is_that_of_buying_from_the_category_within_the_horizon(model):
    found = model.rank(matrix_at(AS_OF, 500, seed=9))
    assert found.probabilities[:, 0].mean() == pytest.approx(0.7 * 0.8 + 0.7 * 0.2 * 0.3, abs=0.06)


def test_the_first_three_places_are_different_categories_the_likeliest_first(model):
    matrix = matrix_at(AS_OF, 200, seed=9)
    found, all_of_them = model.rank(matrix), model.predict(matrix)
    assert all(len({*row}) == 3 and {*row} <= {*AMONG.names} for row in found.categories)
    assert np.array_equal(found.probabilities, -np.sort(-all_of_them, axis=1)[:, :3])


def test_customers_in_another_order_are_ranked_alike(model):
    matrix = matrix_at(AS_OF, 50, seed=9)
    turned = replace(matrix, customer_id=matrix.customer_id[::-1], values=matrix.values[::-1])
    assert model.predict(turned) == pytest.approx(model.predict(matrix)[::-1])


def test_categories_are_ranked_at_one_moment_only(model):
    one, other = matrix_at(AS_OF, 5), matrix_at(moments(1)[0], 5)
    with pytest.raises(ModelError, match="2 cut-offs"):
        model.rank(stacked(one.features, [one, other]))


def test_nobody_is_ranked_as_nobody(model):
    assert model.rank(matrix_at(AS_OF, 0)).categories.shape == (0, 3)


def test_a_shop_with_two_candidates_has_no_third_place():
    among = candidates(Vocabulary(terms={"category": ("tea",)}))
    found = ranked(np.array([[0.1, 0.3]]), among)
    assert found.categories.tolist() == [["other", "tea", None]]
    assert found.probabilities[0, :2].tolist() == [0.3, 0.1]
    assert np.isnan(found.probabilities[0, 2])
