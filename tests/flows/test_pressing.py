from mlflow.tracking import MlflowClient

from flows.pressing import missing_predictions, press, score
from flows.project import open_project
from flows.training import Trained


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
