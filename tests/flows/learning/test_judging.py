from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.engines import build_features
from flows.learning.judging import beside_champion, countries
from flows.project import open_project
from models.judging.backtest import compare
from models.judging.judged import Judged
from models.labels import examples
from models.tasks import find_task
from pipeline.events.tables import CUSTOMERS, EVENTS
from tests.rows import AS_OF, arrow, days_before, event


def known(customer, country, days_ago):
    told = {"customer_id": customer, "country": country, "received_at": AS_OF - timedelta(days=days_ago)}
    return {**dict.fromkeys(CUSTOMERS.columns), **told}


def test_a_customer_lives_where_it_was_last_known_to_at_the_moment(corner_shop):
    project = open_project(corner_shop)
    rows = [known("ann", "DE", 20), known("ann", "AT", 10), known("bob", None, 5), known("eve", "FR", -1)]
    project.store.append(CUSTOMERS, pa.Table.from_pylist(rows, schema=CUSTOMERS.schema))
    assert countries(project, AS_OF) == {"ann": "AT"}
    assert countries(project, AS_OF - timedelta(days=15)) == {"ann": "DE"}
    assert countries(project, AS_OF + timedelta(days=2)) == {"ann": "AT", "eve": "FR"}


def test_of_a_customer_of_whom_nothing_else_is_told_the_last_event_tells(corner_shop):
    project = open_project(corner_shop)
    told = [("1", "ann", "FR", 30), ("2", "bob", "CH", 20), ("3", "bob", "LI", 10), ("4", "bob", None, 5)]
    rows = [
        event(customer, days_before(days), event_id=number, country=country) for number, customer, country, days in told
    ]
    project.store.append(EVENTS, arrow(rows))
    project.store.append(CUSTOMERS, pa.Table.from_pylist([known("ann", "DE", 20)], schema=CUSTOMERS.schema))
    assert countries(project, AS_OF) == {"ann": "DE", "bob": "LI"}


def test_a_shop_that_knows_nobody_has_no_countries(corner_shop):
    assert countries(open_project(corner_shop), AS_OF) == {}


@pytest.fixture(scope="module")
def judged(demo):
    """The champion's own predictions at a moment after it was trained, as if a model had made them."""
    project = open_project(demo)
    churn = find_task("churn", project.tasks)
    champion = project.registry.champions([churn])["churn"]
    moment = champion.card.trained_as_of - timedelta(days=100)
    outcome = project.store.outcome(moment, churn.horizon)
    rows = examples(churn, build_features(project.history(moment), (moment,), champion.card.vocabulary), [outcome])
    predicted = champion.predict(rows.matrix)
    return compare(churn, Judged(rows, predicted, {"recency": predicted}), seed=0, resamples=20, groups={})


def test_a_champion_trained_since_is_not_compared(project, judged):
    assert beside_champion(project, judged) is None


def test_a_champion_trained_before_is_compared_on_the_same_rows(own_demo, judged):
    project = open_project(own_demo)
    champion = project.registry.champions([judged.task])["churn"]
    earlier = replace(champion, card=replace(champion.card, trained_as_of=min(judged.cut_offs)))
    version = project.registry.register(earlier, project.made, None, None)
    project.registry.promote("churn", version.number)
    met = beside_champion(project, judged)
    assert met is not None
    assert (met.fair, met.rows) == (True, len(judged.judged.examples))
    assert met.ranking.difference == 0
    assert np.isclose(met.champion["roc_auc"], judged.metrics["roc_auc"])


def test_a_task_that_asks_another_question_has_no_champion_to_compare_with(project, judged):
    other = replace(judged, task=replace(judged.task, horizon=timedelta(days=30)))
    assert beside_champion(project, other) is None
