"""Predictions whose time is over, held against what their model had promised; the publication is written by hand."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.hindsight.matured import Hindsight
from flows.monitoring.watching import how_it_came
from flows.project import open_project
from models.artefacts import write_card
from models.tasks import find_task
from pipeline.events.quality.finding import Severity
from pipeline.events.tables import EVENTS
from pipeline.publish.published import MANIFEST, read_publication
from tests.rows import AS_OF, arrow, days_before, event

CHURN = find_task("churn")
PEOPLE = [f"c{number:02}" for number in range(60)]
THEN = days_before(100)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Sixty people who ordered 120 days ago; every third did again soon after the publication of 100 days ago."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "segcast.toml").write_text('[shop]\nname = "Corner shop"\n', encoding="utf-8")
    project = open_project(folder)
    first = [event(one, days_before(120), event_id=f"{one}-first") for one in PEOPLE]
    again = [event(one, days_before(95), event_id=f"{one}-again") for one in PEOPLE[::3]]
    project.store.append(EVENTS, arrow([*first, *again, event("somebody", days_before(0.1), "product_viewed")]))
    return project


def publish(project, name, low, high):
    """A publication that says of those who came back .2 and of the others .5, by a model that expected this share."""
    level = {"as_of": THEN.isoformat(), "expected_share_low": low, "expected_share_high": high}
    card = {
        "task": CHURN.as_dict(),
        "training": {"trained_as_of": THEN.isoformat()},
        "outlook": {"level": level, "money": None},
    }
    version = project.registry.add("churn", lambda files: write_card(files, card), {}, {})
    path = project.published / name
    path.mkdir(parents=True)
    chances = [0.2 if one in PEOPLE[::3] else 0.5 for one in PEOPLE]
    pq.write_table(pa.table({"customer_id": PEOPLE, "churn_probability": chances}), path / "predictions.parquet")
    named = [one for one in PEOPLE if one not in PEOPLE[::3]]
    lists = pa.table({"customer_id": named, "segment": ["at_risk"] * len(named)})
    pq.write_table(lists, path / "memberships.parquet")
    told = {"task": "churn", "version": str(version.number), "horizon_days": 90, "trained_as_of": THEN.isoformat()}
    segments = {"at_risk": {"when": "churn_probability >= 0.4", "stay_while": None}}
    manifest = {
        "publication_id": name,
        "as_of": THEN.isoformat(),
        "segments": segments,
        "models": [told],
        "audiences": {},
    }
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return read_publication(path)


def told(project, publication):
    return list(how_it_came(Hindsight(project, AS_OF, pa.array(PEOPLE), ()), [publication]))


def test_what_came_as_it_was_expected_is_a_note(project):
    (note,) = told(project, publish(project, "expected", 0.5, 0.8))
    assert (note.about, note.severity) == ("came out", Severity.NOTE)
    assert "within 90 days, churn came true of 66.7%" in note.sentence
    assert note.figures["roc_auc"] == 1.0
    assert sum(customers for _, _, customers in note.figures["reliability"]) == len(PEOPLE)
    (told_of,) = note.figures["lists"]
    assert (told_of["segment"], told_of["named"]["value"], told_of["named"]["customers"]) == ("at_risk", 1.0, 40)
    assert note.figures["held_out"] == []


def test_a_level_that_the_model_had_not_expected_is_severe(project):
    findings = {one.about: one for one in told(project, publish(project, "surprised", 0.2, 0.4))}
    assert findings["base rate"].severity is Severity.SEVERE
    assert "churn came true for 66.7 %; the model had expected 20.0 % to 40.0 %." in findings["base rate"].sentence
