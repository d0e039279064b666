from datetime import timedelta

import numpy as np
import pytest

from models.category.examples import CategoryExamples, pool
from models.category.model import CATEGORY, ranked
from models.category.pairs import COLUMNS
from models.category.training import train_category, usable_columns
from models.season import season_before
from pipeline.errors import ModelError, NotEnoughDataError
from tests.models.category_shop import AMONG, VOCABULARY, category_shop, moments, wishes
from tests.models.shop import AS_OF


def trained(examples, **how):
    return train_category(CATEGORY, examples, **{"as_of": AS_OF, "seed": 0, "vocabulary": VOCABULARY, **how})


@pytest.mark.parametrize("late", [timedelta(microseconds=1), timedelta(days=30)])
def test_an_outcome_that_is_not_complete_is_never_learned_from(late):
    with pytest.raises(ModelError, match="complete by then"):
        trained(category_shop(300, moments(2)), as_of=AS_OF - late)


def test_too_few_buyers_are_refused_in_one_sentence():
    with pytest.raises(NotEnoughDataError, match=r"at least 100 customers who bought .* got \d+\. .* rules still work"):
        trained(category_shop(60, moments(2)))


def test_few_buyers_get_the_smooth_model_alone_and_the_card_says_so():
    examples = category_shop(300, moments(2))
    model = trained(examples)
    assert model.card.thin
    assert model.trees is None
    first = ranked(model.predict_pairs(examples.pairs), AMONG).categories[:, 0]
    assert (first == np.tile(wishes(300), 2)).mean() > 0.9


def test_only_the_latest_cut_offs_are_learned_from():
    examples = category_shop(200, moments(3))
    assert trained(examples, stack=2).card.cut_offs == tuple(moments(2))
    assert trained(examples, stack=2).card.rows == 400


def test_the_same_seed_gives_the_same_model():
    examples = category_shop(600, moments(2))
    one, again = trained(examples), trained(examples)
    assert np.array_equal(one.predict_pairs(examples.pairs), again.predict_pairs(examples.pairs))


def test_what_is_the_same_for_all_at_an_early_cut_off_is_left_out():
    early, late = category_shop(50, moments(2)).at(moments(2)[0]), category_shop(50, moments(1))
    place = COLUMNS.index("popularity_of_season")
    told = late.pairs.copy()
    told[..., place] = [0.4, 0.3, 0.2, 0.1]
    known = CategoryExamples(late.among, late.customer_id, late.as_of, told, late.bought)
    assert "popularity_of_season" in usable_columns(known)
    assert "popularity_of_season" not in usable_columns(pool([early, known]))


def test_the_same_season_a_year_before_sets_the_level():
    recent = category_shop(600, moments(2), share=0.5)
    season = category_shop(600, [season_before(AS_OF)], share=0.9)
    plain, lifted = trained(recent), trained(pool([season, recent]))
    assert plain.card.season_shift is None
    assert plain.predict_pairs(recent.pairs).sum(axis=1).mean() == pytest.approx(0.5, abs=0.05)
    assert lifted.predict_pairs(season.pairs).mean() == pytest.approx(season.bought.mean(), abs=1e-6)
