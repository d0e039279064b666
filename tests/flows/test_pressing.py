from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from mlflow.tracking import MlflowClient

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.demo import END
from flows.explaining import explain_customer
from flows.ingesting import ingest
from flows.pressing import by_vocabulary, missing_predictions, press, score
from flows.project import open_project
from flows.running import run
from flows.training import Trained
from models.labels import examples
from models.tasks import find_task
from models.training import train

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


def test_a_feature_that_the_shop_does_not_have_makes_nobody_a_member_and_a_note_says_so(corner_shop):
    (corner_shop / "segments.yaml").write_text(
        "- name: open_cart\n  when: open_cart_products_30d >= 1\n"
        "- name: no_open_cart\n  when: not open_cart_products_30d >= 1\n"
        "- name: from_newsletter\n  when: visit_source_share_newsletter_90d > 0.5 or orders_365d >= 2\n"
        "- name: ordered\n  when: orders_365d >= 1\n  best_first: visits_30d\n",
        encoding="utf-8",
    )
    project = open_project(corner_shop)
    publication = run(project, AS_OF, AS_OF, retrain=False, tell=lambda _: None).publication
    members = publication.memberships()
    sizes = {segment.name: members.of(segment.name).num_rows for segment in project.segments()}
    assert (sizes["open_cart"], sizes["no_open_cart"]) == (0, 0)
    assert members.of("from_newsletter")["customer_id"].to_pylist() == ["ann"]
    assert members.of("ordered")["customer_id"].to_pylist() == ["ann", "bob", "eve"]
    (note,) = [note for note in publication.manifest["notes"] if note.startswith("This shop has no")]
    assert note == (
        "This shop has no open_cart_products_30d, visit_source_share_newsletter_90d: a condition on it holds for "
        "nobody, which concerns open_cart, no_open_cart, from_newsletter."
    )


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
