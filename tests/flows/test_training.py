from datetime import timedelta

import numpy as np
import pytest

from flows.demo import END
from flows.project import open_project
from flows.training import _cut_offs, backtest_task
from models.tasks import find_task
from pipeline.errors import NotEnoughDataError
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
