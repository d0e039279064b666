from datetime import timedelta

import numpy as np
import pytest

from models.columns import column, columns, like, narrowed, of_rows
from tests.models.shop import AS_OF, matrix_of

ROWS = matrix_of([{"orders_365d": 1, "revenue_365d": 20}, {"orders_365d": 2}, {"orders_365d": 3, "revenue_365d": 60}])
FIRST_AND_LAST = np.array([True, False, True])


def test_a_feature_that_the_shop_has_is_read_as_it_is() -> None:
    assert column(ROWS, "orders_365d").tolist() == [1, 2, 3]
    assert column(ROWS, "revenue_365d") == pytest.approx([20, np.nan, 60], nan_ok=True)


def test_a_feature_that_the_shop_lacks_is_null_for_everybody() -> None:
    assert np.isnan(column(ROWS, "email_opens_30d")).tolist() == [True, True, True]


def test_columns_come_in_the_order_asked_for_of_the_rows_asked_for() -> None:
    read = columns(ROWS, ("revenue_365d", "email_opens_30d", "orders_365d"), FIRST_AND_LAST)
    assert read[:, 0].tolist() == [20, 60]
    assert np.isnan(read[:, 1]).all()
    assert read[:, 2].tolist() == [1, 3]


def test_what_is_read_is_a_copy() -> None:
    columns(ROWS, ("orders_365d",))[:] = 0
    assert column(ROWS, "orders_365d").tolist() == [1, 2, 3]


def test_a_narrowed_matrix_has_what_there_is_of_what_is_asked_for() -> None:
    narrow = narrowed(ROWS, ("revenue_365d", "email_opens_30d", "revenue_365d"), FIRST_AND_LAST)
    assert narrow.names == ("revenue_365d",)
    assert narrow.customer_id.tolist() == ["c0", "c2"]
    assert narrow.column("revenue_365d").tolist() == [20, 60]
    assert narrow.cut_offs == (AS_OF,)
    assert narrowed(ROWS, ROWS.names).customer_id.tolist() == ["c0", "c1", "c2"]


def test_rows_that_lie_together_are_not_copied() -> None:
    pair = of_rows(ROWS, np.array([False, True, True]))
    assert pair.customer_id.tolist() == ["c1", "c2"]
    assert pair.column("orders_365d").tolist() == [2, 3]
    assert np.shares_memory(pair.values, ROWS.values)


@pytest.mark.parametrize("mask", [[True, False, True], [False, False, False]])
def test_other_rows_are_copied(mask: list[bool]) -> None:
    some = of_rows(ROWS, np.array(mask))
    assert some.customer_id.tolist() == ROWS.customer_id[mask].tolist()
    assert some.names == ROWS.names
    assert some.column("orders_365d").tolist() == ROWS.column("orders_365d")[mask].tolist()
    assert not np.shares_memory(some.values, ROWS.values)


def test_rows_are_found_again_by_customer_and_moment() -> None:
    wanted = ROWS.where(np.array([False, True, True]))
    turned = like(ROWS.where(np.array([True, True, False])), wanted)
    assert turned.customer_id.tolist() == ["c1", "c2"]
    assert turned.column("orders_365d") == pytest.approx([2, np.nan], nan_ok=True)


def test_a_customer_at_another_moment_is_another_row() -> None:
    earlier = matrix_of([{"orders_365d": 9}], AS_OF - timedelta(days=1))
    assert np.isnan(like(earlier, ROWS).column("orders_365d")).all()
