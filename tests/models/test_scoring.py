from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.catalogue import describe
from models.bands import FIXED
from models.clusters.model import find_clusters
from models.examples import Examples
from models.model import Model
from models.money import Economics, best_list
from models.orders.btyd import READ
from models.orders.next_order import NextOrder
from models.orders.waiting import Waiting
from models.scoring import (
    NEXT_ORDER,
    NEXT_ORDER_FROM,
    NEXT_ORDER_UNTIL,
    expected_next_order_at,
    predict,
    predictions,
)
from pipeline.errors import ModelError
from pipeline.segments.profiles import PREDICTIONS
from tests.models.shop import AS_OF, CHURN, PURCHASE, matrix_of, shop


def test_profiles_hold_features_and_every_prediction(churn: Model, spend: Model) -> None:
    now = shop(600, [AS_OF]).matrix
    purchase = replace(churn, task=PURCHASE)
    champions = {"churn": churn, "purchase": purchase, "spend": spend}
    profiles = predict(now, champions, find_clusters(now, seed=0), currency="£")
    assert profiles.as_of == AS_OF
    beside = {f"{task}_reason_{place}" for task in champions for place in (1, 2, 3)}
    beside |= {"churn_band", "purchase_value_at_stake"}
    assert set(profiles.table.column_names) == {"customer_id", *now.names, *PREDICTIONS, *beside}
    assert {name: profiles.kinds[name] for name in PREDICTIONS} == dict(PREDICTIONS)


def test_value_at_stake_is_the_probability_times_a_horizon_of_last_years_spend(churn: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    table = predict(now, {"churn": churn}, None, currency="£").table
    expected = churn.predict(now) * now.column("revenue_365d") * 90 / 365
    assert table["value_at_stake"].to_numpy() == pytest.approx(expected)


def test_what_is_at_stake_with_a_purchase_is_an_order_of_the_usual_value(churn: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    table = predict(now, {"purchase": replace(churn, task=PURCHASE)}, None, currency="£").table
    expected = churn.predict(now) * now.column("average_order_value_365d")
    assert table["purchase_value_at_stake"].to_numpy() == pytest.approx(expected)


def test_the_band_of_a_risk_follows_from_money_where_a_shop_states_all_of_it(churn: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    predicted = churn.predict(now)
    dear = Economics(margin=0.3, contact_cost=1000.0, offer_cost=0.0, save_rate=0.1)
    nobody = predictions(now, {"churn": churn}, currency="£", economics=dear)
    assert set(nobody["churn_band"].to_pylist()) == {"low"}
    assumed = predictions(now, {"churn": churn}, currency="£", economics=replace(dear, assumed=("margin",)))
    assert assumed["churn_band"].to_pylist() == FIXED.of(predicted).to_pylist()
    cheap = Economics(margin=0.5, contact_cost=1.0, offer_cost=0.0, save_rate=0.4)
    best = best_list(predicted, now.column("revenue_365d") * 90 / 365, cheap)
    told = predictions(now, {"churn": churn}, currency="£", economics=cheap)
    assert best.threshold is not None
    assert told["churn_band"].to_pylist().count("high") == best.size


def test_the_spend_of_a_year_ahead_is_the_lifetime_value(spend: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    year = replace(spend, task=replace(spend.task, name="spend_365d", horizon=timedelta(days=365)))
    told = predictions(now, {"spend": spend, "spend_365d": year}, currency="£")
    assert told["expected_value_365d"].to_pylist() == told["expected_spend_365d"].to_pylist()
    assert "expected_value_365d" not in predictions(now, {"spend": spend}, currency="£").column_names


def test_every_task_has_reasons_and_a_target_beside_money_nothing_at_stake(churn: Model) -> None:
    now = shop(200, [AS_OF]).matrix
    asking = replace(churn, task=replace(CHURN, name="asking", target="happened(support_contacted)"))
    told = predictions(now, {"churn": churn, "asking": asking}, currency="£")
    assert {"asking_probability", "asking_reason_1", "asking_reason_3"} <= set(told.column_names)
    assert {"asking_value_at_stake", "asking_band"}.isdisjoint(told.column_names)
    assert told["churn_reason_1"].null_count < len(now) / 10


def test_whoever_is_outside_the_population_has_no_prediction(churn: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    values = now.values.copy()
    values[0, now.names.index("orders_365d")] = 0
    table = predict(replace(now, values=values), {"churn": churn}, None, currency="£").table
    for name in ("churn_probability", "value_at_stake", "churn_reason_1"):
        assert table[name][0].as_py() is None
        assert table[name][1].as_py() is not None


def test_without_models_there_are_features_and_the_next_order() -> None:
    table = predict(matrix_of([{"orders_365d": 1}]), {}, None, currency="£").table
    assert "churn_probability" not in table.column_names
    assert "cluster" not in table.column_names


def test_the_next_order_is_the_last_one_plus_the_customers_own_gap() -> None:
    rows = matrix_of(
        [
            {"days_since_last_order": 10, "order_gap_mean_days": 24},
            {"days_since_last_order": 30, "order_gap_mean_days": 24},
            {"days_since_last_order": 10},
        ]
    )
    assert expected_next_order_at(rows, AS_OF).to_pylist() == [AS_OF + timedelta(days=14), None, None]


def test_a_model_of_waits_says_between_which_days_the_next_order_comes() -> None:
    habit = Waiting(p=4.0, q=3.0, gamma_days=30.0, a=0.5, b=2.0)
    columns = [column for column in describe() if column.name in READ]
    back = {"order_days_lifetime": 20, "days_since_first_order": 300, "days_since_last_order": 10}
    rows = matrix_of([back, {**back, "days_since_first_order": 900, "days_since_last_order": 500}], columns=columns)
    told = predict(rows, {}, None, currency="£", next_order=NextOrder(habit, habit)).table
    first, at, last = (told[name][0].as_py() for name in (NEXT_ORDER_FROM, NEXT_ORDER, NEXT_ORDER_UNTIL))
    assert AS_OF <= first < at < last
    assert [told[name][1].as_py() for name in (NEXT_ORDER_FROM, NEXT_ORDER, NEXT_ORDER_UNTIL)] == [None, None, None]


def test_a_custom_task_fills_a_column_of_its_own(churn: Model) -> None:
    now = shop(200, [AS_OF]).matrix
    quiet = replace(churn, task=replace(CHURN, name="quiet"))
    table = predict(now, {"quiet": quiet}, None, currency="£").table
    assert "quiet_probability" in table.column_names
    assert "value_at_stake" not in table.column_names


def test_profiles_are_of_one_moment(past: Examples) -> None:
    with pytest.raises(ModelError, match="one moment"):
        predict(past.matrix, {}, None, currency="£")


def test_nothing_is_lost_or_reordered(churn: Model) -> None:
    now = shop(200, [AS_OF]).matrix
    table = predict(now, {"churn": churn}, None, currency="£").table
    assert table["customer_id"].to_pylist() == now.customer_id.tolist()
    assert np.array_equal(table["orders_365d"].to_numpy(), now.column("orders_365d"))


def test_predictions_from_features_in_another_vocabulary_find_their_customers(churn: Model, spend: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    fewer = now.where(np.arange(len(now)) != 2)
    turned = replace(fewer, customer_id=fewer.customer_id[::-1], values=fewer.values[::-1])
    told = predictions(turned, {"spend": spend}, currency="£")
    table = predict(now, {"churn": churn}, None, currency="£", elsewhere=[told]).table
    expected = spend.predict(now)
    expected[2] = np.nan
    assert table["customer_id"].to_pylist() == now.customer_id.tolist()
    assert table["expected_spend"].to_numpy() == pytest.approx(expected, nan_ok=True)
    assert table["churn_probability"].to_numpy() == pytest.approx(churn.predict(now))


def test_a_customer_known_elsewhere_alone_has_no_row(churn: Model, spend: Model) -> None:
    now = shop(300, [AS_OF]).matrix
    told = predictions(now, {"spend": spend}, currency="£")
    fewer = now.where(np.arange(len(now)) > 2)
    assert len(predict(fewer, {"churn": churn}, None, currency="£", elsewhere=[told])) == len(now) - 3


def test_a_shop_without_orders_has_profiles_without_what_orders_tell(churn: Model) -> None:
    visits = [column for column in describe() if column.family == "browsing"]
    now = matrix_of([{"visits_30d": 3}, {"visits_30d": 0}], columns=visits)
    clusters = find_clusters(shop(300, [AS_OF]).matrix, seed=0)
    table = predict(now, {"churn": replace(churn, linear=(), trees=None)}, clusters, currency="£").table
    assert table["visits_30d"].to_pylist() == [3, 0]
    for name in ("churn_probability", "value_at_stake", "churn_reason_1", "cluster", "expected_next_order_at"):
        assert table[name].to_pylist() == [None, None]


def test_a_model_whose_features_the_shop_has_lost_says_so(churn: Model) -> None:
    visits = [column for column in describe() if column.family == "browsing"]
    with pytest.raises(ModelError, match="which these features lack"):
        predict(matrix_of([{"visits_30d": 3}], columns=visits), {"churn": churn}, None, currency="£")
