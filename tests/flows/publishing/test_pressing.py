from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from mlflow.tracking import MlflowClient

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.demo import END
from flows.explaining import explain_customer
from flows.ingesting import ingest
from flows.learning.missing import missing_predictions
from flows.learning.training import Trained
from flows.night.night import night
from flows.plain import plain_do
from flows.project import open_project
from flows.publishing.pressing import press
from flows.segmenting.scoring import by_vocabulary, score
from models.labels import examples
from models.tasks import find_task
from models.training import train
from pipeline.errors import ConditionError

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def test_nothing_is_missing_while_every_task_is_served(project):
    assert missing_predictions(project, ()) == {}


def test_a_shop_that_never_trained_is_told_to(corner_shop):
    missing = missing_predictions(open_project(corner_shop), ())
    assert missing["churn_probability"] == "No churn model was trained yet. Try `segcast train`."


def test_too_little_to_learn_from_is_told_as_the_training_put_it(corner_shop):
    thin = Trained("churn", None, promoted=False, reasons=("Three customers are too few.",))
    assert missing_predictions(open_project(corner_shop), [thin])["churn_probability"] == "Three customers are too few."


def test_a_model_that_was_refused_is_missed_with_its_gates_reasons(own_demo):
    project = open_project(own_demo)
    MlflowClient(registry_uri=project.registry.uri).delete_registered_model_alias("segcast-churn", "champion")
    publication = press(project, score(project, project.store.span()[1]))
    note = " ".join(publication.manifest["notes"])
    assert note.startswith("The churn model, version 1, did not pass its gate. It beats")
    left_out = {entry["segment"] for entry in publication.manifest["left_out"]}
    assert "predicted_at_risk" in left_out


def test_what_a_shop_does_not_have_leaves_a_segment_out_unless_a_variant_does_without(corner_shop):
    (corner_shop / "segments.yaml").write_text(
        "- name: open_cart\n  when: open_cart_products_30d >= 1\n"
        "- name: carts\n  when: happened(cart_added)\n"
        "- name: looking\n  when: visits_30d >= 1\n  variants:\n    - when: orders_365d >= 2\n"
        "- name: ordered\n  when: happened(order_placed, within => '365 days')\n  best_first: visits_30d\n",
        encoding="utf-8",
    )
    project = open_project(corner_shop)
    publication = night(project, AS_OF, AS_OF, do=plain_do(), anyway=True).publication
    members = publication.memberships()
    assert members.of("looking")["customer_id"].to_pylist() == ["ann"]
    assert members.of("ordered")["customer_id"].to_pylist() == ["ann", "bob", "eve"]
    reasons = {entry["segment"]: entry["reason"] for entry in publication.manifest["left_out"]}
    assert reasons["open_cart"] == "there is no open_cart_products_30d: this shop logs no cart_added"
    assert reasons["carts"] == "this shop logs no cart_added"
    assert {"open_cart", "carts"}.isdisjoint(publication.definitions)
    looking = next(segment for segment in project.segments() if segment.name == "looking")
    settled = looking.definitions[1]
    assert publication.definitions["looking"] == settled.definition_version != looking.definition_version
    (note,) = [note for note in publication.manifest["notes"] if note.startswith("For want of")]
    assert "looking" in note


def test_a_segment_that_makes_no_sense_stops_everything_unless_asked_to_go_on(corner_shop):
    text = "- name: bad\n  when: ordrs_365d > 1\n- name: ordered\n  when: orders_365d >= 1\n"
    (corner_shop / "segments.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConditionError, match="segment bad, when: expected a known column"):
        open_project(corner_shop)
    project = open_project(corner_shop, keep_going=True)
    publication = night(project, AS_OF, AS_OF, do=plain_do(), anyway=True, keep_going=True).publication
    reasons = {entry["segment"]: entry["reason"] for entry in publication.manifest["left_out"]}
    assert reasons["bad"].startswith('segments.yaml, segment bad, when: expected a known column, got "ordrs_365d"')
    assert publication.memberships().of("ordered").num_rows == 3


def test_the_command_line_goes_on_without_what_makes_no_sense_and_says_so(corner_shop, segcast):
    (corner_shop / "segments.yaml").write_text("- name: bad\n  when: ordrs_365d > 1\n", encoding="utf-8")
    words = ("--project", corner_shop, "--as-of", "2026-03-01")
    ingest(open_project(corner_shop, keep_going=True), AS_OF)
    stopped = segcast("publish", *words)
    assert stopped.code == 2
    assert "segment bad" in stopped.err
    went_on = segcast("publish", "--keep-going", *words)
    assert went_on.code == 0
    assert "Left out: bad: segments.yaml, segment bad, when: expected a known column" in went_on.out


def test_a_customer_of_a_shop_that_lacks_what_a_segment_asks_for_is_explained(corner_shop):
    (corner_shop / "segments.yaml").write_text("- name: open\n  when: open_cart_products_30d >= 1\n", encoding="utf-8")
    project = open_project(corner_shop)
    ingest(project, AS_OF)
    told = explain_customer(project, "ann", AS_OF)
    assert told["features"]["orders_365d"] == 2
    assert "open" not in told["segments"]
    assert "vip" in told["segments"]


def test_each_model_reads_features_in_the_vocabulary_that_it_was_trained_with(own_demo):
    project = open_project(own_demo)
    churn, spend = (project.registry.champions(project.tasks)[task] for task in ("churn", "spend"))
    older = replace(churn.card.vocabulary, event_types=("item_purchased", "order_placed", "order_refunded"))
    before = retrained(project, "churn", older, END - timedelta(days=60))
    project.registry.promote("churn", project.registry.register(before, project.made, None, None).number)
    profiles = score(project, END).table
    history = project.history(END)
    now = build_features(history, (), spend.card.vocabulary)
    assert profiles.column_names[1 : len(now.names) + 1] == list(now.names)
    orders = build_features(history, (), older)
    assert len(orders.names) < len(now.names)
    expected = dict(zip(orders.customer_id.tolist(), before.predict(orders).tolist(), strict=True))
    told = zip(profiles["customer_id"].to_pylist(), profiles["churn_probability"].to_pylist(), strict=True)
    assert all(value == pytest.approx(expected[customer]) for customer, value in told if value is not None)
    assert profiles["expected_spend"].null_count < len(profiles)


def retrained(project, name, vocabulary, as_of):
    """A model of a task as it would have been learned with another vocabulary."""
    task = find_task(name, project.tasks)
    past = [as_of - task.horizon - timedelta(days=30 * step) for step in (1, 0)]
    matrix = build_features(project.history(as_of), past, vocabulary)
    rows = examples(task, matrix, [project.store.outcome(cut, task.horizon, known_before=as_of) for cut in past])
    return train(task, rows, as_of=as_of, seed=0, vocabulary=vocabulary)


def test_models_that_share_a_vocabulary_are_scored_together_the_newest_first(project):
    churn = project.registry.champions(project.tasks)["churn"]
    older = replace(churn.card, trained_as_of=END - timedelta(days=365), vocabulary=Vocabulary(("order_placed",)))
    served = {"churn": churn, "purchase": replace(churn, card=older), "spend": churn}
    assert by_vocabulary(served) == [
        (churn.card.vocabulary, {"churn": churn, "spend": churn}),
        (older.vocabulary, {"purchase": served["purchase"]}),
    ]
    assert by_vocabulary({}) == []
