from dataclasses import replace

import numpy as np

from features.feature import FeatureColumn
from models.examples import Examples
from models.linear import RFM, VISITS
from models.training import train
from tests.models.shop import AS_OF, CHURN, cut_offs, shop


def visiting(customers: int) -> Examples:
    """The made-up shop, and visits as often as orders."""
    past = shop(customers, cut_offs(2))
    seen = np.column_stack([past.matrix.column("days_since_last_order"), past.matrix.column("orders_90d")])
    told = tuple(FeatureColumn(name, "", "", "", "visits") for name in VISITS)
    values = np.column_stack([past.matrix.values, seen])
    return replace(past, matrix=replace(past.matrix, features=(*past.matrix.features, *told), values=values))


def test_a_linear_model_alone_reads_visits_and_beside_trees_it_does_not() -> None:
    alone, beside = (train(CHURN, visiting(customers), as_of=AS_OF, seed=0) for customers in (450, 2500))
    assert (alone.trees is None, beside.trees is None) == (True, False)
    assert alone.linear[0].columns == (*RFM, *VISITS)
    assert beside.linear[0].columns == RFM
