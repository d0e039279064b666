from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.matrix import stacked
from models.buyers import KINDS, kind_of
from tests.models.shop import AS_OF, COLUMNS, matrix_of


@pytest.mark.parametrize(
    ("orders", "kind"), [(np.nan, "none"), (0, "none"), (1, "one-time"), (2, "repeat"), (250, "repeat")]
)
def test_the_kind_of_a_buyer_follows_from_the_orders_so_far(orders, kind):
    assert kind_of(matrix_of([{"orders_lifetime": orders}])).tolist() == [kind]


def test_a_one_time_buyer_is_a_repeat_buyer_from_the_second_order_on():
    then = matrix_of([{"orders_lifetime": 1}], AS_OF - timedelta(days=30))
    now = matrix_of([{"orders_lifetime": 2}], AS_OF)
    assert kind_of(stacked(then.features, [then, now])).tolist() == ["one-time", "repeat"]


def test_nobody_is_a_buyer_in_a_shop_that_logs_no_orders():
    others = [replace(column) for column in COLUMNS if column.name != "orders_lifetime"]
    assert kind_of(matrix_of([{"products_365d": 3}, {}], columns=others)).tolist() == ["none", "none"]


def test_no_rows_have_no_kinds_and_there_are_three():
    assert kind_of(matrix_of([])).tolist() == []
    assert [str(kind) for kind in KINDS] == ["none", "one-time", "repeat"]
