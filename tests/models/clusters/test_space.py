import json

import numpy as np
import pytest

from features.feature import FeatureColumn
from models.clusters.space import EVIDENCE, Space, Topic, fit_space
from tests.models.shop import matrix_of

WAITED = Topic(("days_since_last_order",))
GIFTS = Topic(("gift_season_order_share",), shares=True)
TASTES = Topic(shares=True, prefix="category_item_share_", weight=2.0)
ROWS = [
    {"days_since_last_order": days, "orders_lifetime": orders, "gift_season_order_share": share}
    for days, orders, share in ((1, 1, 1.0), (10, 9, 1.0), (100, 1, 0.0), (1000, 9, 0.0))
]


def test_a_share_of_one_order_is_drawn_to_the_usual_one_and_that_of_many_hardly():
    space = fit_space(matrix_of(ROWS), [GIFTS])
    usual, once, often = 0.5, (1 + 0.5 * EVIDENCE) / (1 + EVIDENCE), (9 + 0.5 * EVIDENCE) / (9 + EVIDENCE)
    places = np.abs(space.place(matrix_of(ROWS))[:, 0])
    assert places[1] / places[0] == pytest.approx((often - usual) / (once - usual))


def test_each_topic_has_the_variance_of_its_weight():
    columns = tuple(FeatureColumn(f"category_item_share_{name}_lifetime", "", "", "", "") for name in ("tea", "toys"))
    orders = FeatureColumn("orders_lifetime", "", "", "", "")
    rows = [
        {"orders_lifetime": 5, columns[0].name: tea, columns[1].name: toys}
        for tea, toys in ((1, 0), (0.5, 0.25), (0, 0.5))
    ]
    matrix = matrix_of(rows, columns=(*columns, orders))
    placed = fit_space(matrix, [TASTES]).place(matrix)
    assert placed.var(axis=0).sum() == pytest.approx(2)


def test_null_counts_as_usual_and_beyond_the_cap_nothing_counts_more():
    space = fit_space(matrix_of(ROWS), [WAITED])
    far, farther, null = space.place(
        matrix_of([{"days_since_last_order": 1e4}, {"days_since_last_order": 1e6}, {"days_since_last_order": np.nan}])
    )
    middle = space.place(matrix_of([{"days_since_last_order": np.expm1(np.log1p([10, 100]).mean())}]))[0]
    assert far == pytest.approx(farther)
    assert null == pytest.approx(middle)


def test_columns_that_a_shop_lacks_or_that_never_vary_are_left_out():
    space = fit_space(matrix_of(ROWS), [WAITED, Topic(("revenue_lifetime",)), Topic(("no_such_feature",)), TASTES])
    assert space.names == ("days_since_last_order",)


def test_a_shop_in_which_nothing_varies_has_one_place_for_all():
    same = matrix_of([ROWS[0]] * 3)
    assert fit_space(same, [WAITED, GIFTS]).place(same).tolist() == [[0]] * 3


def test_a_space_reads_back_from_json_alike():
    space = fit_space(matrix_of(ROWS), [WAITED, GIFTS])
    again = Space.from_dict(json.loads(json.dumps(space.as_dict())))
    assert np.array_equal(again.place(matrix_of(ROWS)), space.place(matrix_of(ROWS)))
