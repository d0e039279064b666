import shutil
from datetime import timedelta

import pytest

from flows.backfilling import Backfilled
from flows.demo import END
from flows.deployed.telling import findings_page, model_rows, past_day, segment_rows
from flows.learning.training import Trained
from flows.night.retraining import compared, retrain
from flows.night.runs import TRAINING, Outcome, last_run
from flows.plain import plain_do
from flows.project import open_project
from models.artefacts import NEXT_ORDER
from models.registry import CHAMPION
from models.tasks import find_task
from pipeline.events.quality.finding import Finding, Severity
from pipeline.publish.published import latest

AT = END + timedelta(hours=3)


@pytest.fixture(scope="module")
def again(demo, tmp_path_factory):
    """A demo whose model of leaving was trained again a week later, and what came of it."""
    project = open_project(shutil.copytree(demo, tmp_path_factory.mktemp("again") / "own"))
    return project, retrain(project, END, AT, do=plain_do(), tasks=[find_task("churn", project.tasks)])


def test_training_puts_into_service_what_passed_and_nothing_else(again):
    project, trained = again
    assert {one.task for one in trained} == {"churn"}
    assert {one.number for one in project.registry.versions("churn")} == {1, 2}
    assert {one.number for one in project.registry.versions("purchase")} == {1}
    for one in trained:
        champion = project.registry.find(one.task, CHAMPION)
        assert one.version is not None
        assert (champion is not None and champion.number == one.version) == one.promoted


def test_it_leaves_a_record_of_what_it_did_as_a_night_does(again):
    project, trained = again
    record = last_run(project.folder, TRAINING)
    assert record is not None
    assert (record.outcome, record.as_of, record.began) == (Outcome.DONE, END, AT)
    assert {one.task: one.version for one in record.trained} == {one.task: one.version for one in trained}
    assert {"train churn", "backtest churn", "gate churn"} <= {step.name for step in record.steps}


def test_what_was_trained_stands_beside_the_champion_that_it_met_and_the_best_rule(again):
    project, trained = again
    told = {one.task: one for one in compared(project, trained)}
    churn, card = told["churn"], project.registry.versions("churn")[-1].card
    value, low, high = churn.challenger
    assert (churn.figure, value) == ("AUC", card["backtest"]["roc_auc"])
    assert low < value < high
    assert churn.rule_value == max(rule["roc_auc"] for rule in card["backtest"]["baselines"].values())
    assert churn.champion is not None
    assert churn.against_champion is not None
    assert churn.against_champion[0] == pytest.approx(value - churn.champion, abs=0.02)


def test_an_amount_is_compared_by_its_ranking_and_the_next_order_has_no_rival_of_this_kind(project):
    (spend,) = compared(project, [Trained(name, 1, promoted=True, reasons=()) for name in ("spend", NEXT_ORDER)])
    assert (spend.task, spend.figure) == ("spend", "Gini")


def test_the_page_has_a_row_a_task_with_what_became_of_it(again):
    project, trained = again
    rows = {row["task"]: row for row in model_rows(trained, compared(project, trained))}
    assert rows.keys() == {one.task for one in trained}
    assert rows["churn"]["champion"] != "\N{EN DASH}"
    assert " to " in rows["churn"]["challenger"]
    assert rows["churn"]["why"] == " ".join(trained[0].reasons)


def test_a_first_model_has_no_champion_beside_it(project):
    first = next(one for one in compared(project, [Trained("churn", 1, promoted=True, reasons=("It is good.",))]))
    assert (first.champion, first.against_champion) == (None, None)
    (row,) = model_rows([Trained("churn", 1, promoted=True, reasons=("It is good.",))], [first])
    assert (row["champion"], row["against the champion"], row["why"]) == ("\N{EN DASH}", "", "It is good.")


def test_the_page_has_the_segments_of_the_publication_and_names_nobody(project):
    published = latest(project.published)
    assert published is not None
    rows = segment_rows(published)
    assert {row["segment"] for row in rows} == set(published.definitions)
    assert set(rows[0]) == {"segment", "title", "kind", "size", "share", "entered", "left"}


def test_findings_are_a_table_below_why_nothing_was_published():
    found = Finding("freshness", Severity.SEVERE, "Either | or.", "Look\nthere.")
    assert findings_page([found], "The log is old.").splitlines() == [
        "**Nothing was published.** The log is old.",
        "",
        "| severity | about | finding | what to do |",
        "|---|---|---|---|",
        "| severe | freshness | Either \\| or. | Look there. |",
    ]
    assert findings_page([]) == "Nothing was found."


def test_a_past_day_tells_what_was_trained_for_it():
    trained = (Trained("churn", 3, promoted=True, reasons=()), Trained("spend", None, promoted=False, reasons=()))
    assert past_day(Backfilled(END, "2026-07-01-abc", stood=False, trained=trained)) == {
        "as of": "2026-07-01",
        "publication": "2026-07-01-abc",
        "stood before": False,
        "trained": "churn 3",
    }
