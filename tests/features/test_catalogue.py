import pytest

from features.catalogue import describe, find
from pipeline.errors import FeatureError


def test_there_are_at_least_forty_features_each_with_a_name_of_its_own():
    names = [column.name for column in describe()]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("column", describe(), ids=lambda column: column.name)
def test_every_feature_says_what_it_is_what_it_counts_and_when_it_is_null(column):
    assert column.definition.endswith(".")
    assert column.unit in {"orders", "days", "ratio", "money", "products", "items", "share", "refunds"}
    assert column.null
    assert "the window" not in column.definition


def test_a_windowed_feature_names_its_window_in_column_and_definition():
    assert find("orders_90d").definition == "Orders placed in the last 90 days."
    assert find("orders_lifetime").definition == "Orders placed in the whole history."


def test_an_unknown_feature_is_refused_with_the_nearest_name():
    with pytest.raises(FeatureError, match=r'There is no feature "revenu_90d"\. Did you mean "revenue_90d"'):
        find("revenu_90d")
