import numpy as np
import pytest

from models.category.pairs import COLUMNS
from models.category.rules import RULES, last_bought, most_bought, most_popular, rules_say
from tests.models.category_shop import category_shop, moments


def one_customer(**columns):
    known = np.full((1, 3, len(COLUMNS)), np.nan, dtype=np.float32)
    for name, values in columns.items():
        known[0, :, COLUMNS.index(name)] = values
    return known


BUYER = one_customer(
    category_items_lifetime=[1, 4, 0], days_since_category_item=[3, 50, np.nan], popularity_90d=[0.2, 0.2, 0.6]
)


@pytest.mark.parametrize(
    ("rule", "order"), [(most_bought, [1, 0, 2]), (last_bought, [0, 1, 2]), (most_popular, [2, 0, 1])]
)
def test_each_rule_has_an_order_of_its_own(rule, order):
    assert np.argsort(-rule(BUYER)[0], kind="stable").tolist() == order


def test_a_rule_breaks_ties_by_what_sells_now():
    examples = category_shop(50, moments(1))
    said = rules_say(examples, examples)["most_bought"]
    never = np.nan_to_num(examples.pairs[..., COLUMNS.index("category_items_lifetime")]) == 0
    popular = examples.pairs[..., COLUMNS.index("popularity_90d")]
    for row in range(5):
        places = np.flatnonzero(never[row])
        assert np.argsort(said.score[row, places]).tolist() == np.argsort(popular[row, places]).tolist()


def test_probabilities_of_rules_keep_the_level_and_the_order():
    examples = category_shop(400, moments(2))
    said = rules_say(examples, examples)
    assert tuple(said) == tuple(RULES)
    for rule in said.values():
        assert rule.probability.mean() == pytest.approx(examples.bought.mean(), abs=0.01)
        assert np.corrcoef(rule.score.ravel(), rule.probability.ravel())[0, 1] > 0.8
