from dataclasses import replace

import numpy as np
import pytest

from models.category.model import CATEGORY
from models.category.scoring import NAMES, next_categories
from models.category.training import train_category
from tests.models.category_shop import VOCABULARY, category_shop, matrix_at, moments
from tests.models.shop import AS_OF


@pytest.fixture(scope="module")
def model():
    return train_category(CATEGORY, category_shop(300, moments(2)), as_of=AS_OF, seed=0, vocabulary=VOCABULARY)


def test_each_customer_has_three_categories_with_a_probability_each(model):
    matrix = matrix_at(AS_OF, 20)
    told = next_categories(matrix, model)
    ranked = model.rank(matrix)
    assert told.column_names == ["customer_id", *NAMES]
    assert told["customer_id"].to_pylist() == matrix.customer_id.tolist()
    assert told["next_category_2"].to_pylist() == ranked.categories[:, 1].tolist()
    assert told["next_category_3_probability"].to_pylist() == ranked.probabilities[:, 2].tolist()


def test_customers_outside_the_population_have_none(model):
    matrix = matrix_at(AS_OF, 3)
    values = matrix.values.copy()
    values[:, -1] = [0, np.nan, 2]
    told = next_categories(replace(matrix, values=values), model)
    assert [one is None for one in told["next_category_1"].to_pylist()] == [True, True, False]
    assert told["next_category_1_probability"].null_count == 2


def test_nobody_is_told_as_nobody(model):
    assert next_categories(matrix_at(AS_OF, 0), model).num_rows == 0
