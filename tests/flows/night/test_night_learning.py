from datetime import timedelta

import pytest
from mlflow.tracking import MlflowClient

from flows.demo import A_WEEK, END
from flows.learning.already import already_learned
from flows.night.learning import needs_models, train
from flows.night.work import MOST_TIMES, Work
from flows.project import open_project
from models.registry import CHAMPION
from pipeline.errors import StoreError

TRAINED = END - A_WEEK


def numbers(project):
    names = [model.name for model in MlflowClient(registry_uri=project.registry.uri).search_registered_models()]
    return {name: len(project.registry.versions(name.removeprefix("segcast-"))) for name in names}


def test_training_that_is_taken_up_again_serves_the_versions_that_it_had_registered(own_demo):
    project = open_project(own_demo)
    before, served = numbers(project), [project.registry.find(task.name, CHAMPION) for task in project.tasks]
    MlflowClient(registry_uri=project.registry.uri).delete_registered_model_alias("segcast-churn", "champion")
    done = train(project, TRAINED)
    assert numbers(project) == before
    assert [project.registry.find(task.name, CHAMPION) for task in project.tasks] == served
    assert [(one.task, one.version) for one in done][: len(served)] == [(one.name, one.number) for one in served]
    assert Work(project).is_training


def test_another_moment_log_or_setting_is_learned_anew(own_demo):
    project = open_project(own_demo)
    assert already_learned(project, "churn", TRAINED) is not None
    assert already_learned(project, "churn", TRAINED + timedelta(days=1)) is None
    settings = own_demo / "segcast.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[training]\nseed = 1\n", encoding="utf-8")
    assert already_learned(open_project(own_demo), "churn", TRAINED) is None


def test_with_every_model_in_service_no_night_trains(project):
    assert not needs_models(project, END)


def test_a_training_that_fails_is_not_taken_up_for_ever(corner_shop):
    project = open_project(corner_shop)
    for _ in range(MOST_TIMES):
        assert not Work(project).is_training_in_vain
        with pytest.raises(StoreError, match="Expected an event log"):
            train(project, TRAINED)
    assert Work(project).is_training_in_vain
    assert not Work(project).is_training


def test_a_training_that_came_to_its_end_was_not_in_vain_however_often_it_was_begun(own_demo):
    project = open_project(own_demo)
    for _ in range(MOST_TIMES):
        Work(project).begin_training()
    train(project, TRAINED)
    assert Work(project).is_training
    assert not Work(project).is_training_in_vain
