import pytest

from features.catalogue import CATALOGUE, describe
from features.example_log import EXAMPLE_VOCABULARY
from flows.project import columns_in, open_project
from pipeline.errors import ConditionError

SEGMENTS = "segments.yaml"


def test_every_column_of_the_catalogue_may_be_named_wherever_a_condition_stands():
    plain = [feature for feature in CATALOGUE if feature.values is None]
    assert {column.name for column in describe(EXAMPLE_VOCABULARY, tuple(plain))} == columns_in("").keys()


def test_a_column_of_one_of_the_shops_own_words_may_be_named_before_the_word_is_learned():
    of_words = [feature for feature in CATALOGUE if feature.values is not None]
    own = {column.name for column in describe(EXAMPLE_VOCABULARY, tuple(of_words))}
    assert len(own) > 20
    assert own <= columns_in(" and ".join(f"{name} > 1" for name in own)).keys()
    assert not own & columns_in("").keys()


@pytest.mark.parametrize(
    "name", ["orders_365", "visit_source_share_newsletter_90d_", "visits_90days", "newsletter", "Visits_90d"]
)
def test_what_no_feature_can_be_called_is_not_a_column(name):
    assert name not in columns_in(f"{name} > 1")


def test_a_misspelt_feature_in_a_segment_is_refused_when_the_project_is_opened(corner_shop):
    (corner_shop / SEGMENTS).write_text("- name: open\n  when: open_cart_product_30d >= 1\n", encoding="utf-8")
    with pytest.raises(ConditionError, match='Did you mean "open_cart_products_30d"'):
        open_project(corner_shop)
