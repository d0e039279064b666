"""A published row is traced back to everything that made it, and proven by making it again."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from flows.cli.trace_words import in_unit, proof_in_words
from flows.demo import END
from flows.forgetting import forget
from flows.project import open_project
from flows.tracing.back_then import kept_snapshot
from flows.tracing.proving import Compared, work_again
from flows.tracing.row_again import row_compared
from flows.tracing.trace import trace
from flows.tracing.traced_row import Asked
from models.registry import CHAMPION
from pipeline.errors import PublicationError, UserError
from pipeline.events.tables import EVENTS
from pipeline.publish.published import MANIFEST, latest, named
from pipeline.segments.deciding import decide
from tests.rows import arrow, event

SEGMENT = "predicted_at_risk"
MIXED = (SEGMENT, "vip", "highly_engaged", "one_time", "cart_abandoner", "stage_slipping")


@pytest.fixture
def publication(project):
    return latest(project.published)


@pytest.fixture
def customer(publication):
    """Somebody in the middle of the list, who was in it the week before too."""
    rows = publication.memberships().of(SEGMENT)
    stayed = rows.filter(pc.less(rows["since"], pa.scalar(END, pa.timestamp("us", "UTC"))))
    return stayed["customer_id"][stayed.num_rows // 2].as_py()


@pytest.fixture(scope="module")
def again(demo):
    """The demo's newest publication, worked out again once for all."""
    project = open_project(demo)
    return work_again(project, latest(project.published))


def test_a_row_is_traced_to_log_models_and_definition_and_proven(project, publication, customer):
    told = trace(project, customer, SEGMENT)
    assert told["publication"]["id"] == publication.publication_id
    assert told["publication"]["data_snapshot"] == project.store.snapshot.number
    assert all(file["intact"] for file in told["publication"]["files"].values())
    assert {one["task"] for one in told["models"]} == publication.manifest["model_versions"].keys()
    churn = next(one for one in told["models"] if one["task"] == "churn")
    assert churn["in_service_now"]
    assert 0.5 < churn["backtest"]["roc_auc"] < 1
    row = told["segment"]
    assert row["defined_so_now"]
    assert row["decided_by"] == f"churn {churn['version']}"
    assert {one["name"]: one["unit"] for one in row["reads"]} == {
        "churn_probability": "0 to 1",
        "orders_365d": "orders",
    }
    assert all(one["holds"] for one in (row["staying"] or row["comparisons"]))
    assert row["score"] == told["predictions"]["churn_probability"]
    assert row["stay"]["publications"] == 2
    assert row["before"]["member"]
    assert [one["audience"] for one in row["audiences"]] == [SEGMENT]
    assert told["proof"]["same"], told["proof"]
    assert told["proof"]["compared"] > 10


def test_the_place_in_the_list_is_the_rows_own(project, publication, customer):
    row = trace(project, customer, SEGMENT)["segment"]["list"]
    lines = (publication.path / "lists" / f"{SEGMENT}.csv").read_text(encoding="utf-8").splitlines()
    assert lines[row["place"]].startswith(f'"{customer}"')
    assert row["of"] == len(lines) - 1
    assert "email" not in row


@pytest.mark.parametrize("name", MIXED)
def test_every_membership_comes_out_as_it_was_published(project, publication, again, name):
    asked = Asked(project, publication, "nobody", name, again, {})
    (found,) = decide([asked.definition], asked.facts).members.values()
    published = publication.memberships().of(name)["customer_id"].combine_chunks()
    ids = asked.facts.customer_ids
    assert sorted(ids.filter(pa.array(np.asarray(found))).to_pylist()) == sorted(published.to_pylist())


def test_of_somebody_who_is_not_in_it_it_says_why_not(project, publication, again):
    members = publication.memberships().of(SEGMENT)["customer_id"]
    everybody = pq.read_table(publication.path / "predictions.parquet")
    others = everybody.filter(pc.invert(pc.is_in(everybody["customer_id"], members.combine_chunks())))
    spoken = others.filter(pc.is_valid(others["churn_probability"]))["customer_id"][0].as_py()
    row = trace(project, spoken, SEGMENT)["segment"]
    assert (row["member"], row["list"], row["stay"]) == (False, None, None)
    assert [one["says"] for one in row["comparisons"] if not one["holds"]] == ["churn_probability >= 0.6"]
    assert "this customer was not one" in row["audiences"][0]["explanation"]
    assert row_compared(Asked(project, publication, spoken, SEGMENT, again, {})) == Compared(values=1)


def test_without_a_segment_all_rows_are_told_in_short(project, publication, customer):
    told = trace(project, customer)
    assert told["segment"] is None
    rows = publication.memberships().table
    own = rows.filter(pc.field("customer_id") == customer)["segment"].to_pylist()
    assert [row["segment"] for row in told["segments"]] == own
    assert told["proof"]["same"]


def test_an_earlier_publication_is_traced_by_its_id(project, customer):
    *_, name = (path.name for path in sorted(project.published.glob("2026-*"), reverse=True))
    told = trace(project, customer, SEGMENT, name)
    assert told["publication"]["id"] == name
    assert told["segment"]["before"] is None
    assert told["segment"]["stay"]["publications"] == 1
    assert told["proof"]["same"], told["proof"]


def test_unknown_names_are_one_sentence_with_the_nearest(project, publication, customer):
    name = publication.publication_id
    with pytest.raises(PublicationError, match=rf'got "{name}x"\. Did you mean "{name}"'):
        named(project.published, f"{name}x")
    with pytest.raises(PublicationError, match=r'got "predicted_at_risky"\. Did you mean "predicted_at_risk"'):
        trace(project, customer, "predicted_at_risky")
    with pytest.raises(UserError, match="got an id that it does not have") as raised:
        trace(project, "secret@example.com")
    assert "secret" not in str(raised.value)


def test_nothing_published_is_one_sentence(corner_shop):
    with pytest.raises(PublicationError, match="found none yet"):
        trace(open_project(corner_shop), "ann")


def test_a_list_that_was_edited_is_said_to_be(own_demo, publication, customer):
    with (own_demo / "published" / publication.publication_id / "lists" / f"{SEGMENT}.csv").open("a") as file:
        file.write("someone else\n")
    files = trace(open_project(own_demo), customer, SEGMENT)["publication"]["files"]
    assert [name for name, file in files.items() if not file["intact"]] == [f"lists/{SEGMENT}.csv"]


def test_what_came_into_the_log_as_if_known_then_differs_and_is_named_as_the_cause(own_demo, publication, customer):
    project, number = open_project(own_demo), publication.manifest["data_snapshot"]
    late = event(customer, END - timedelta(days=1), amount=Decimal(900), order_id="late", event_id="late")
    project.store.append(EVENTS, arrow([late]))
    proof = trace(open_project(own_demo), customer, SEGMENT)["proof"]
    assert not proof["same"]
    assert "churn_probability" in {one["what"] for one in proof["differences"]}
    assert proof["why"][0].startswith(f"On version {number} of the log, which was read then, it comes out as published")


def test_what_arrived_after_the_moment_changes_nothing(own_demo, customer):
    later = event(customer, END - timedelta(days=1), amount=Decimal(900), order_id="late", event_id="late")
    open_project(own_demo).store.append(EVENTS, arrow([{**later, "received_at": END}]))
    told = trace(open_project(own_demo), customer, SEGMENT)
    assert told["proof"]["same"], told["proof"]
    assert told["publication"]["data_snapshot_kept"]
    assert told["publication"]["data_snapshot_now"] > told["publication"]["data_snapshot"]


def test_a_model_that_was_replaced_since_still_speaks(own_demo, customer):
    project = open_project(own_demo)
    model = project.registry.champions(project.tasks)["churn"]
    other = replace(model, calibration=replace(model.calibration, intercept=model.calibration.intercept + 1))
    project.registry.promote("churn", project.registry.register(other, project.made, None, None).number)
    assert project.registry.find("churn", CHAMPION).number == 2
    told = trace(open_project(own_demo), customer, SEGMENT)
    churn = next(one for one in told["models"] if one["task"] == "churn")
    assert (churn["version"], churn["in_service_now"]) == (1, False)
    assert told["proof"]["same"], told["proof"]


def test_after_an_erasure_the_old_log_is_gone_and_the_others_rows_are_the_same(own_demo, publication, customer):
    project = open_project(own_demo)
    ids = pq.read_table(publication.path / "predictions.parquet")["customer_id"].to_pylist()
    gone = next(one for one in ids if one != customer)
    forget(project, gone, END + timedelta(days=30))
    assert kept_snapshot(open_project(own_demo).store, publication.manifest["data_snapshot"]) is None
    told = trace(open_project(own_demo), customer, SEGMENT)
    assert not told["publication"]["data_snapshot_kept"]
    assert told["publication"]["erased"]["people"] == 1
    assert all(file["intact"] for file in told["publication"]["files"].values())
    with pytest.raises(UserError, match="People who asked to be forgotten have been taken out of it since"):
        trace(open_project(own_demo), gone)


def prune_the_one_before(project, publication):
    shutil.rmtree(project.published / publication.manifest["previous"])


def test_whether_somebody_stayed_is_not_told_without_the_publication_before(own_demo, publication):
    """They are below what it takes to enter, so it is the week before alone that keeps them in."""
    rows = publication.memberships().of(SEGMENT)
    stayed = rows.filter(pc.less(rows["score"], 0.6))["customer_id"][0].as_py()
    project = open_project(own_demo)
    prune_the_one_before(project, publication)
    proof = trace(project, stayed, SEGMENT)["proof"]
    assert proof["same"], proof
    (note,) = proof["notes"]
    assert note.startswith("Whether the customer is a member cannot be told again: who was in predicted_at_risk before")
    assert publication.manifest["previous"] in note
    assert f"  {note}" in list(proof_in_words(proof, {}, "€"))


def tamper(publication, customer, **values):
    """Change the customer's row of the segment, as if it had been published so."""
    path = publication.path / "memberships.parquet"
    table = pq.read_table(path)
    own = [row | values for row in table.to_pylist() if (row["customer_id"], row["segment"]) == (customer, SEGMENT)]
    rest = [row for row in table.to_pylist() if (row["customer_id"], row["segment"]) != (customer, SEGMENT)]
    pq.write_table(pa.Table.from_pylist([*rest, *own], schema=table.schema), path)


def test_score_and_holdout_are_compared_and_the_log_is_not_blamed_for_them(own_demo, customer):
    project = open_project(own_demo)
    there = latest(project.published)
    held_out = trace(project, customer, SEGMENT)["segment"]["held_out"]
    tamper(there, customer, score=0.01, held_out=not held_out)
    later = event(customer, END - timedelta(days=1), amount=Decimal(900), order_id="late", event_id="late")
    project.store.append(EVENTS, arrow([{**later, "received_at": END}]))
    proof = trace(open_project(own_demo), customer, SEGMENT)["proof"]
    assert [one["what"] for one in proof["differences"]] == [f"score in {SEGMENT}", f"held out of {SEGMENT}"]
    assert [one["published"] for one in proof["differences"]] == [0.01, not held_out]
    assert not any("version" in why for why in proof["why"])
    assert any("set today" in note for note in proof["notes"])


def test_the_log_is_named_as_the_cause_of_what_it_changed_and_of_nothing_else(own_demo, customer):
    project = open_project(own_demo)
    late = event(customer, END - timedelta(days=1), amount=Decimal(900), order_id="late", event_id="late")
    project.store.append(EVENTS, arrow([late]))
    held_out = trace(project, customer, SEGMENT)["segment"]["held_out"]
    tamper(latest(project.published), customer, held_out=not held_out)
    why = trace(open_project(own_demo), customer, SEGMENT)["proof"]["why"]
    assert "churn_probability" in why[0]
    assert " come out as published" in why[0]
    assert "held out" not in why[0]


def without_conditions(publication, **told):
    manifest = json.loads((publication.path / MANIFEST).read_text(encoding="utf-8"))
    version = manifest["segments"][SEGMENT]["definition_version"]
    manifest["segments"][SEGMENT] = {"definition_version": version, "size": 1, **told}
    (publication.path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def test_a_publication_that_does_not_say_its_conditions_is_traced_by_todays_if_they_are_the_same(own_demo, customer):
    project = open_project(own_demo)
    without_conditions(latest(project.published))
    told = trace(project, customer, SEGMENT)
    assert told["segment"]["when"] == "churn_probability >= 0.6 and orders_365d >= 1"
    assert told["proof"]["same"], told["proof"]
    without_conditions(latest(project.published), definition_version="other")
    with pytest.raises(PublicationError, match='to say how "predicted_at_risk" was defined, but it was made before'):
        trace(project, customer, SEGMENT)


def test_what_is_taken_as_published_is_said(project, publication, again, customer):
    asked = Asked(project, publication, customer, "moderately_engaged", again, {})
    assert row_compared(asked).notes == (
        "The condition looks into highly_engaged, whose members are taken as they were published.",
    )


def test_people_and_programs_are_told_the_same(segcast, demo, customer):
    words = ("trace", customer, "--project", demo, "--segment", SEGMENT)
    people, programs = segcast(*words), segcast(*words, "--json")
    assert (people.code, programs.code) == (0, 0)
    found = json.loads(programs.out)
    assert f"In {SEGMENT}: row {found['segment']['list']['place']} of" in people.out
    assert found["publication"]["id"] in people.out
    assert all(one["says"] in people.out for one in found["segment"]["comparisons"])
    assert "Worked out again from the log of today, as far as it was known then: the same" in people.out
    short = segcast("trace", customer, "--project", demo)
    assert all(row["segment"] in short.out for row in found["segments"])


def test_a_mistake_is_the_users(segcast, demo):
    said = segcast("trace", "secret@example.com", "--project", demo)
    assert said.code == 2
    assert said.err.startswith("segcast: Expected a customer of the publication")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.623, "0 to 1", "62 %"),
        (0.0001, "0 to 1", "0.0001"),
        (75.499, "money", "€75.50"),
        (1.0, "orders", "1 order"),
        (6.0, "orders", "6 orders"),
        (1.0, "searches", "1 search"),
        (1.0, "categories", "1 category"),
        (1, "queries", "1 query"),
        (2.0, "queries", "2 queries"),
        (1.0, "messages", "1 message"),
        (3.0, "weekday", "3"),
        (1.0, "hour", "1"),
        (2.0, "stage", "2"),
        (4.479, "days", "4.48 days"),
        (2.35, "ratio", "2.35"),
        (1.0, "flag", "yes"),
        (None, "days", "unknown"),
        (True, "", "yes"),
        ("Loyal", "", "Loyal"),
        (93.25, "percentile", "93.25 percentile"),
    ],
)
def test_every_number_has_its_unit(value, unit, text):
    assert in_unit(value, unit, "€") == text
