from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from models.examples import Examples
from models.judging.importance import UNTOLD, importance
from models.model import Model
from models.orders.btyd import Btyd
from models.orders.foresight import Foresight
from models.trees import Trees
from tests.models.shop import COLUMNS


def test_the_shares_of_what_a_model_reads_make_one_the_weightiest_first(churn: Model) -> None:
    weights = importance(churn, COLUMNS)
    shares = [weight.share for weight in weights]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert {weight.feature for weight in weights} <= set(churn.features)


def test_a_feature_is_told_with_its_topic(churn: Model) -> None:
    topics = {weight.feature: weight.topic for weight in importance(churn, COLUMNS)}
    assert topics["orders_365d"] == "frequency"


def test_a_column_that_no_catalogue_describes_is_other(churn: Model) -> None:
    weights = importance(churn, COLUMNS[:1])
    assert {weight.topic for weight in weights} == {COLUMNS[0].topic, UNTOLD}


def test_a_thin_model_is_weighed_by_its_coefficients(churn: Model, past: Examples) -> None:
    thin = replace(churn, trees=None)
    weights = importance(thin, past.matrix.features)
    assert {weight.feature for weight in weights} == {name for part in churn.linear for name in part.columns}
    assert sum(weight.share for weight in weights) == pytest.approx(1)


def test_without_a_catalogue_nothing_is_told(churn: Model) -> None:
    assert importance(churn, ()) == ()


def test_what_the_foresight_adds_has_the_topic_of_what_it_stands_for(churn: Model) -> None:
    assert churn.trees is not None
    read = np.random.default_rng(0).random((400, len(churn.trees.columns) + 2))
    told = lgb.Dataset(read, read[:, -1] > 0.5)
    booster = lgb.train({"objective": "binary", "verbose": -1, "seed": 0}, told, 5)
    foresight = Foresight(Btyd(0.5, 60.0, 0.8, 2.5), 90.0)
    foreseeing = replace(churn, trees=Trees(churn.trees.columns, booster, foresight))
    first = importance(foreseeing, COLUMNS)[0]
    assert (first.feature, first.topic) == ("btyd_chance", "recency")
    assert first.share > 0.9
