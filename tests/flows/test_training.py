import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.demo import A_WEEK, END
from flows.project import open_project
from flows.training import Known, _champion, _cut_offs, backtest_task, vocabulary_of
from models.model import Model
from models.registry import CHAMPION
from models.tasks import find_task
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.tables import EVENTS

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
    cut_offs = _cut_offs(project, find_task("churn"), late)
    assert max(cut_offs) + timedelta(days=90) <= END
    assert max(_cut_offs(project, find_task("churn"), END)) + timedelta(days=90) == END


def test_each_model_keeps_the_vocabulary_that_was_learned_when_it_was_trained(project):
    learned = vocabulary_of(project, project.history(END - A_WEEK))
    assert "category" in learned.terms
    served = project.registry.champions(project.tasks)
    assert [model.card.vocabulary for model in served.values()] == [learned] * 3


def test_a_champion_is_compared_on_features_in_its_own_vocabulary(project):
    history = project.history(END)
    vocabulary = vocabulary_of(project, history)
    cut_offs = [CUT, CUT - timedelta(days=30)]
    matrix = build_features(history, cut_offs, vocabulary)
    known = Known(history, vocabulary, matrix)
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
