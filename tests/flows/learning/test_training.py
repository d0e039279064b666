import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.demo import A_WEEK, END
from flows.learning.backtesting import backtest_task
from flows.learning.looking_back import Known, look_back, vocabulary_of
from flows.learning.training import _champion, _search, _train_all
from flows.moments import cut_offs_of
from flows.project import open_project
from flows.steps import at_once
from models.labels import labels, population
from models.model import Model
from models.ready import READY
from models.registry import CHAMPION
from models.search import Search
from models.tasks import find_task
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.tables import EVENTS
from pipeline.settings import TrainingSettings

CUT = END - timedelta(days=120)


def test_what_comes_after_a_moment_changes_no_prediction_made_then(own_demo):
    project = open_project(own_demo)
    churn = find_task("churn", project.tasks)
    before = backtest_task(project, churn, CUT)
    log = project.store.engine.to_pyarrow(project.store.read(EVENTS))
    later = log.filter(np.array([moment >= CUT for moment in log["occurred_at"].to_pylist()])).to_pylist()
    moved = [{**row, "event_id": f"again {row['event_id']}", "customer_id": "C-new"} for row in later[:500]]
    project.store.append(EVENTS, type(log).from_pylist(moved, schema=EVENTS.schema))
    after = backtest_task(project, churn, CUT)
    assert after.predictions["probability"].to_pylist() == before.predictions["probability"].to_pylist()
    assert before.metrics["roc_auc"] > 0.6


def test_a_backtest_whose_outcome_is_not_complete_is_refused(project):
    with pytest.raises(NotEnoughDataError, match="Choose an earlier --as-of or a shorter --horizon"):
        backtest_task(project, find_task("churn"), END - timedelta(days=60))


def test_a_log_that_stopped_is_not_taken_for_customers_who_left(project):
    late = END + timedelta(days=60)
    cut_offs = cut_offs_of(project, find_task("churn"), late)
    assert max(cut_offs) + timedelta(days=90) <= END
    assert max(cut_offs_of(project, find_task("churn"), END)) + timedelta(days=90) == END


def test_each_model_keeps_the_vocabulary_that_was_learned_when_it_was_trained(project):
    learned = vocabulary_of(project, project.history(END - A_WEEK))
    assert "category" in learned.terms
    served = project.registry.champions(project.tasks)
    assert [model.card.vocabulary for model in served.values()] == [learned] * 3


def test_the_past_holds_every_feature_of_those_whom_a_task_is_about_and_of_nobody_else(project):
    churn, spend = (find_task(name, project.tasks) for name in ("churn", "spend"))
    frequent = replace(churn, population="orders_90d >= 3")
    best = replace(spend, population="percentile(revenue_365d) >= 80")
    history = project.history(END)
    vocabulary = vocabulary_of(project, history)
    early, late = CUT - timedelta(days=30), CUT
    known = look_back(history, vocabulary, {frequent: (early,), best: (early, late)})
    everybody = build_features(history, [early, late], vocabulary)
    expected = everybody.where(population(best, everybody))
    found = known.matrix.where(known.members[best].among(known.matrix))
    assert found.customer_id.tolist() == expected.customer_id.tolist()
    assert found.names == expected.names
    assert np.array_equal(found.values, expected.values, equal_nan=True)
    assert 0 < len(known.matrix) < len(everybody) / 2


def test_a_model_says_what_it_expects_of_those_whom_its_task_is_about_when_it_was_trained(project):
    version = project.registry.find("churn", CHAMPION)
    model = project.registry.champions(project.tasks)["churn"]
    matrix = build_features(project.history(END - A_WEEK), (), model.card.vocabulary)
    members = matrix.where(population(model.task, matrix))
    level, money = (version.card["outlook"][name] for name in ("level", "money"))
    assert level["customers"] == len(members)
    assert level["expected_share"] == pytest.approx(model.predict(members).mean())
    assert level["expected_share_low"] < level["expected_share"] < level["expected_share_high"]
    assert level["season_seen"] == (model.card.season_shift is not None)
    assert money["size"] == (0 if money["threshold"] is None else (model.predict(members) >= money["threshold"]).sum())
    assert money["assumed"] == ["margin", "contact_cost", "offer_cost", "save_rate"]
    spend = project.registry.versions("spend")[0]
    assert spend.card["outlook"] is None


def test_a_task_whose_events_the_shop_does_not_log_is_not_trained_and_says_why(project):
    renewal = find_task("subscription_churn", READY)
    with pytest.raises(NotEnoughDataError, match="expected a log with subscription_cancelled or"):
        backtest_task(project, renewal, CUT)
    history = project.history(END)
    (result,) = _train_all(project, [renewal], history, vocabulary_of(project, history), at_once)
    assert (result.version, result.promoted) == (None, False)
    assert "Load such events" in result.reasons[0]


def test_the_outcome_of_a_task_with_a_gap_begins_that_much_later(project):
    purchase = find_task("purchase", project.tasks)
    later = replace(purchase, gap=timedelta(days=14))
    at_once, after_gap = (max(cut_offs_of(project, task, END)) for task in (purchase, later))
    assert at_once - after_gap == timedelta(days=14)
    history = project.history(END)
    known = look_back(history, vocabulary_of(project, history), {later: (CUT,)})
    rows = known.examples(later, project.store, [CUT])
    came = project.store.outcome(CUT + timedelta(days=14), purchase.horizon)
    assert rows.matrix.cut_offs == (CUT,)
    assert rows.label.tolist() == labels(purchase, rows.matrix, came).tolist()
    assert 0 < rows.label.mean() < 1


def test_a_lookback_bounds_how_old_the_cut_offs_are(project):
    churn = find_task("churn", project.tasks)
    all_of_them = cut_offs_of(project, churn, END)
    young = cut_offs_of(project, replace(churn, lookback=timedelta(days=200)), END)
    assert young == tuple(cut for cut in all_of_them if cut >= END - timedelta(days=200))
    assert 1 < len(young) < len(all_of_them)


def test_a_champion_is_compared_on_features_in_its_own_vocabulary(project):
    history = project.history(END)
    vocabulary = vocabulary_of(project, history)
    cut_offs = [CUT, CUT - timedelta(days=30)]
    matrix = build_features(history, cut_offs, vocabulary)
    known = Known(history, vocabulary, matrix, {})
    served = project.registry.champions(project.tasks)["churn"]
    same = replace(served, card=replace(served.card, vocabulary=vocabulary))
    assert known.as_read_by(same, matrix) is matrix
    orders = replace(vocabulary, event_types=("order_placed",))
    judged = matrix.where(matrix.column("orders_365d") >= 1)
    reread = known.as_read_by(replace(served, card=replace(served.card, vocabulary=orders)), judged)
    assert reread.customer_id.tolist() == judged.customer_id.tolist()
    assert np.array_equal(reread.as_of, judged.as_of)
    assert np.array_equal(reread.column("orders_365d"), judged.column("orders_365d"))
    assert not any(name.startswith("visits") for name in reread.names)


def test_a_champion_that_cannot_be_used_does_not_keep_a_shop_from_training(own_demo):
    project = open_project(own_demo)
    churn = find_task("churn", project.tasks)
    assert isinstance(_champion(project, churn), Model)
    shorter = _champion(project, replace(churn, horizon=timedelta(days=30)))
    assert isinstance(shorter, ModelError)
    assert str(shorter).endswith("Train again.")
    served = project.registry.champions([churn])["churn"]
    lost = replace(served, card=replace(served.card, vocabulary=Vocabulary(("page_viewed",))))
    project.registry.promote("churn", project.registry.register(lost, project.made, None, None).number)
    assert "which these features lack" in str(_champion(project, churn))
    card = project.registry.find("churn", CHAMPION).folder / "card.json"
    told = json.loads(card.read_text(encoding="utf-8"))
    del told["training"]["vocabulary"]
    card.write_text(json.dumps(told), encoding="utf-8")
    assert "trained before models kept the vocabulary" in str(_champion(project, churn))
    assert _champion(project, replace(churn, name="never_trained")) is None


@pytest.mark.parametrize(
    ("settings", "search"),
    [
        ({}, None),
        ({"search_minutes": 5}, None),
        ({"search_trials": 20}, Search(20)),
        ({"search_trials": 20, "search_minutes": 1.5}, Search(20, 90)),
    ],
)
def test_a_search_for_better_trees_is_made_where_the_settings_ask_for_one(settings, search):
    assert _search(TrainingSettings(**settings)) == search
