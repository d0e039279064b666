from datetime import timedelta

import numpy as np
import pytest

from features.matrix import stacked
from models.examples import Examples, pool
from pipeline.errors import ModelError
from tests.models.shop import AS_OF, CHURN, matrix_of

WEEK = timedelta(days=7)
ROWS = [matrix_of([{"orders_365d": step}], AS_OF - CHURN.horizon - WEEK * step) for step in (2, 1, 0)]
EXAMPLES = Examples(stacked(ROWS[0].features, ROWS), np.array([1.0, 0.0, 1.0]))


@pytest.mark.parametrize(
    ("moment", "rows"), [(AS_OF, 3), (AS_OF - timedelta(microseconds=1), 2), (AS_OF - 3 * WEEK, 0)]
)
def test_a_cut_off_is_complete_once_its_outcome_has_ended(moment, rows):
    assert len(EXAMPLES.complete_by(moment, CHURN.horizon)) == rows


def test_a_gap_makes_an_outcome_complete_later():
    assert len(EXAMPLES.complete_by(AS_OF, CHURN.horizon + WEEK)) == 2


def test_the_latest_of_the_complete_cut_offs_are_kept():
    kept = EXAMPLES.complete_by(AS_OF, CHURN.horizon, most=1)
    assert kept.matrix.column("orders_365d").tolist() == [0]
    assert kept.label.tolist() == [1]


def test_rows_of_one_cut_off_keep_their_labels():
    assert EXAMPLES.at(AS_OF - CHURN.horizon - WEEK).label.tolist() == [0]


def test_parts_are_pooled_in_order():
    parts = [EXAMPLES.at(cut_off) for cut_off in EXAMPLES.matrix.cut_offs[::-1]]
    assert pool(parts).matrix.column("orders_365d").tolist() == [0, 1, 2]
    assert pool(parts).label.tolist() == [1, 0, 1]


def test_a_label_too_many_is_refused():
    with pytest.raises(ModelError, match="one label for each of 3 rows"):
        Examples(EXAMPLES.matrix, np.zeros(4))
