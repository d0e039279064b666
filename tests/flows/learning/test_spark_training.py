"""Training where Spark works out the features: the same model, figures and decision as with DuckDB."""

import json
import shutil

import numpy as np
import pytest

from features.engines import build_features
from flows.demo import ARRIVED, END, make_shop
from flows.learning.training import train_tasks
from flows.project import open_project
from models.artefacts import load_model
from models.tasks import find_task
from pipeline.sources.ingest import ingest
from tests.spark import SPARK_WARNINGS, room_for_spark

pytestmark = SPARK_WARNINGS
CUSTOMERS = 600


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """One simulated shop, its log written once, and a model of leaving trained on it by either engine."""
    local, there = (tmp_path_factory.mktemp(engine) / "shop" for engine in ("duckdb", "spark"))
    make_shop(local, CUSTOMERS, seed=5)
    project = open_project(local)
    with (local / "segcast.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[training]\ncut_offs = 2\n")
    ingest(project.store, project.settings.sources, project.folder, ARRIVED)
    shutil.copytree(local, there)
    with (there / "segcast.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[features]\nengine = "spark"\n')
    with room_for_spark(tmp_path_factory.mktemp("room")):
        yield {engine: trained(folder) for engine, folder in (("duckdb", local), ("spark", there))}


def trained(folder):
    project = open_project(folder)
    return project, train_tasks(project, END, [find_task("churn", project.tasks)])


def versions(shops):
    return [shops[engine][0].registry.versions("churn")[0] for engine in ("duckdb", "spark")]


def test_the_same_is_decided_for_the_same_reasons(shops):
    assert shops["spark"][0].settings.features.engine == "spark"
    assert shops["spark"][1] == shops["duckdb"][1]
    local, there = versions(shops)
    assert there.aliases == local.aliases
    assert there.number == 1


def test_the_models_are_judged_alike_to_the_last_figure(shops):
    local, there = (version.card for version in versions(shops))
    assert json.dumps(there["backtest"]) == json.dumps(local["backtest"])
    assert there["training"] == local["training"]
    assert there["outlook"] == local["outlook"]


def test_the_models_predict_the_same(shops):
    local, there = (load_model(version.folder) for version in versions(shops))
    now = build_features(shops["duckdb"][0].history(END), (), local.card.vocabulary)
    assert len(now) > CUSTOMERS / 2
    assert np.array_equal(there.predict(now), local.predict(now))
