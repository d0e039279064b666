import csv
import json

import pyarrow.parquet as pq

from flows.demo import A_WEEK, END, run_demo
from models.registry import CHAMPION
from pipeline.publish.publication import latest
from pipeline.publish.published import publications


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_demo_publishes_twice_a_week_apart(project):
    assert [publication.as_of for publication in publications(project.published)] == [END - A_WEEK, END]


def test_every_task_has_a_model_in_service_that_its_gate_let_through(project):
    for task in project.tasks:
        card = project.registry.find(task.name, CHAMPION).card
        assert card["verdict"]["promote"]
        assert card["backtest"]["n"] > 0


def test_no_model_learned_from_an_outcome_that_was_not_complete(project):
    for task in project.tasks:
        training = project.registry.champions([task])[task.name].card
        assert all(cut_off + task.horizon <= training.trained_as_of for cut_off in training.cut_offs)


def test_a_publication_has_every_file_and_every_list(project):
    path = latest(project.published).path
    segments = rows(path / "segments.csv")
    assert {segment["kind"] for segment in segments} == {"rule", "predicted", "cluster"}
    for segment in segments:
        assert len(rows(path / "lists" / f"{segment['segment']}.csv")) == int(segment["size"])
    assert json.loads((path / "manifest.json").read_text())["files"].keys() >= {"report.html", "segments.csv"}


def test_memberships_of_a_week_ago_are_remembered(project):
    members = latest(project.published).memberships().table.to_pylist()
    assert {row["since"] for row in members} == {END - A_WEEK, END}


def test_the_at_risk_list_says_who_how_likely_how_much_and_why(project):
    members = rows(latest(project.published).path / "lists" / "predicted_at_risk.csv")
    stakes = [float(row["value_at_stake"]) for row in members]
    assert stakes == sorted(stakes, reverse=True)
    assert all(float(row["score"]) >= 0.5 for row in members)
    assert sum(bool(row["reason_1"]) for row in members) / len(members) > 0.9
    held_out = sum(row["held_out"] == "true" for row in members) / len(members)
    assert 0.02 < held_out < 0.25


def test_nobody_is_told_of_the_same_silence_twice(project):
    members = rows(latest(project.published).path / "lists" / "predicted_at_risk.csv")
    silence = ("No visit", "Not active", "Active on only")
    told = [sum(row[f"reason_{place}"].startswith(silence) for place in (1, 2, 3)) for row in members]
    assert set(told) == {0, 1}


def test_an_address_leaves_only_with_consent_to_email(project):
    agreed = set()
    for row in sorted(rows(project.folder / "data" / "consents.csv"), key=lambda row: row["occurred_at"]):
        if row["purpose"] == "email" and row["received_at"] < f"{END:%Y-%m-%d}":
            (agreed.add if row["granted"] == "true" else agreed.discard)(row["customer_id"])
    members = rows(latest(project.published).path / "lists" / "predicted_at_risk.csv")
    assert {row["customer_id"] for row in members if row["email"]} <= agreed
    assert any(row["email"] for row in members)
    assert any(not row["email"] for row in members)


def test_predictions_are_one_row_a_customer_and_hold_no_address(project):
    table = pq.ParquetFile(latest(project.published).path / "predictions.parquet").read()
    assert len(set(table["customer_id"].to_pylist())) == table.num_rows
    assert "email" not in table.column_names
    assert "@" not in str(table.to_pylist())


def test_the_demo_run_again_publishes_the_very_same(own_demo):
    before = latest(own_demo / "published").publication_id
    again = run_demo(own_demo, 10, seed=99, tell=lambda _: None)
    assert again.publication is not None
    assert again.publication.publication_id == before
