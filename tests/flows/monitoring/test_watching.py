"""What is unlike before in the demo's last publication, and in what might have been published in its place."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from flows.demo import A_WEEK, END
from flows.monitoring.monitor import _watched, monitor
from flows.monitoring.watching import unlike_before
from flows.project import open_project
from models.artefacts import CARD, REFERENCE, load_reference
from models.registry import CHAMPION
from models.tasks import TASKS, find_task
from pipeline.events.quality.assess import assess
from pipeline.events.quality.finding import Severity
from pipeline.publish.published import latest

CHURN = find_task("churn")


@pytest.fixture(scope="module")
def looked(demo):
    """The project, its last publication as a night had it before its eyes, and what a look at the log found."""
    project = open_project(demo)
    newest = latest(project.published)
    return project, _watched(project, newest), assess(project.store, newest.as_of)


def found(looked, **changes):
    project, seen, quality = looked
    return list(unlike_before(project, replace(seen, **changes), quality))


def severe(findings):
    return {one.about for one in findings if one.severity is Severity.SEVERE}


def changed(looked, **columns):
    """The table with other values in some columns."""
    table = looked[1].table
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.chunked_array([values]))
    return table


def test_an_ordinary_night_has_no_severe_finding_and_hardly_a_warning(looked):
    told = found(looked)
    assert severe(told) == set()
    assert sum(one.severity is Severity.WARNING for one in told) <= 1


def test_every_model_keeps_what_later_nights_are_compared_with(looked):
    project, seen, _ = looked
    assert set(seen.served) == set(TASKS)
    for task in TASKS:
        reference = load_reference(project.registry.find(task.name, CHAMPION).folder)
        assert reference.as_of == END - A_WEEK
        assert reference.scores.usual[0][0] <= 11
        assert sum(one.weight for one in reference.features.values()) > 0.95


def test_half_the_customers_gone_is_severe(looked):
    table = looked[1].table
    told = found(looked, table=table.slice(0, len(table) // 2))
    assert severe(told) == {"population"}


def test_predictions_that_rose_for_everybody_are_severe(looked):
    raised = pc.sqrt(pc.sqrt(looked[1].table["churn_probability"])).combine_chunks()
    told = found(looked, table=changed(looked, churn_probability=raised))
    assert severe(told) == {"score drift"}


def test_features_that_vanish_are_severe_where_a_model_leans_on_them(looked):
    _, seen, _ = looked
    reference = load_reference(seen.served[CHURN].folder)
    weighty = list(reference.features)[: len(reference.features) // 3]
    nothing = {name: pa.nulls(len(seen.table), pa.float64()) for name in weighty}
    told = found(looked, table=changed(looked, **nothing))
    drifted = {one.figures["task"]: one for one in told if one.about == "feature drift"}
    assert drifted["churn"].severity is Severity.SEVERE
    assert drifted["churn"].figures["leaned_on"] > 0.5


def test_a_model_from_before_references_is_noted_and_the_night_goes_on(demo, tmp_path):
    project = open_project(shutil.copytree(demo, tmp_path / "own"))
    folder = project.registry.find("churn", CHAMPION).folder
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    del card["files"][REFERENCE]
    (folder / REFERENCE).unlink()
    (folder / CARD).write_text(json.dumps(card), encoding="utf-8")
    told = [one.sentence for one in monitor(project, END) if one.about == "feature drift"]
    assert any(one.startswith("The churn model, version 1, was trained before") for one in told)


def test_who_monitors_sees_the_log_first_and_exits_with_three_where_it_stopped(segcast, demo):
    late = END + timedelta(days=20)
    said = segcast("monitor", "--project", demo, "--as-of", f"{late:%Y-%m-%d}", "--json")
    told = json.loads(said.out)
    assert (said.code, told[0]["about"], told[0]["severity"]) == (3, "freshness", "severe")
    order = [list(Severity).index(one["severity"]) for one in told]
    assert order == sorted(order, reverse=True)


def test_monitoring_says_how_the_publication_is_as_a_table_for_people(segcast, demo):
    said = segcast("monitor", "--project", demo, "--as-of", f"{END:%Y-%m-%d}")
    assert said.code == 0
    assert "what to do" in said.out


def test_a_shop_without_models_or_publications_is_looked_at_all_the_same(segcast, corner_shop):
    assert segcast("ingest", "--project", corner_shop).code == 0
    told = json.loads(segcast("monitor", "--project", corner_shop, "--as-of", "2026-03-01", "--json").out)
    assert not {"feature drift", "score drift", "population"} & {one["about"] for one in told}


def test_what_these_profiles_do_not_have_is_not_compared(looked):
    table = looked[1].table
    kept = table.drop_columns([name for name in table.column_names if name.startswith("email")])
    assert [one.about for one in found(looked, table=kept)] == [one.about for one in found(looked)]
