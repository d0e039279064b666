from datetime import timedelta

import numpy as np
import pytest

from features.matrix import FeatureMatrix, stacked
from models.examples import Examples
from models.rows import GLIMPSE, Rows, usable_features
from tests.models.shop import AS_OF, CHURN, COLUMNS, matrix_of

BOUGHT = {"orders_365d": 1.0, "revenue_365d": 5.0}


def test_a_feature_that_nobody_has_at_an_early_cut_off_is_left_out() -> None:
    early = matrix_of([{"orders_365d": 1, "revenue_365d": 5}, {"orders_365d": 2, "revenue_365d": 5}])
    assert usable_features(early) == ("orders_365d",)


@pytest.mark.parametrize("place", [1, GLIMPSE - 1, GLIMPSE, GLIMPSE + 5])
def test_one_customer_who_differs_makes_a_feature_usable(place: int) -> None:
    rows = [dict(BOUGHT) for _ in range(GLIMPSE + 6)]
    rows[place]["revenue_365d"] = np.nan
    assert usable_features(matrix_of(rows)) == ("revenue_365d",)


def test_a_customer_has_the_same_number_at_every_cut_off() -> None:
    later = matrix_of([BOUGHT, BOUGHT, BOUGHT])
    earlier = matrix_of([BOUGHT, BOUGHT], AS_OF - timedelta(days=30))
    together: FeatureMatrix = stacked(COLUMNS, [earlier, later])
    rows = Rows(CHURN, Examples(together, np.zeros(5)), np.zeros(5), seed=0)
    assert rows.customer.tolist() == [0, 1, 0, 1, 2]
