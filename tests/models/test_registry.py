import hashlib
import json
import os
import pickle
import pickletools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import skops.io
from mlflow.tracking import MlflowClient
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from features.vocabulary import Vocabulary
from models.artefacts import load_model, save_model
from models.clusters.model import find_clusters
from models.examples import Examples
from models.judging.backtest import rolling_backtest
from models.judging.gate import decide
from models.model import Model
from models.registry import Made, Registry
from models.tasks import TASKS
from pipeline.errors import ModelError
from tests.models.shop import AS_OF, CHURN, START, cut_offs, shop

MADE = Made(data_snapshot=7, code_version="0.1.0")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("project")
    return Registry(f"sqlite:///{folder}/mlflow.db", folder / "models")


@pytest.fixture
def named(churn: Model, request: pytest.FixtureRequest) -> Model:
    """A model whose task no other test registers."""
    return replace(churn, task=replace(CHURN, name=request.node.name[-40:]))


@pytest.mark.parametrize("kind", ["churn", "spend"])
def test_a_model_read_back_predicts_exactly_the_same(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, past: Examples
) -> None:
    model: Model = request.getfixturevalue(kind)
    save_model(tmp_path, model, {})
    again = load_model(tmp_path)
    assert np.array_equal(again.predict(past.matrix), model.predict(past.matrix))
    assert (again.task, again.card, again.features) == (model.task, model.card, model.features)


def test_a_model_keeps_the_vocabulary_of_its_features(churn: Model, tmp_path: Path) -> None:
    shop = Vocabulary(
        ("order_placed", "product_viewed"), {"category": ("boots",)}, (5.0, 9.5), traits={"plan": ("gold",)}
    )
    save_model(tmp_path, replace(churn, card=replace(churn.card, vocabulary=shop)), {})
    assert load_model(tmp_path).card.vocabulary == shop


def test_a_model_from_before_vocabularies_is_to_be_trained_again(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    del card["training"]["vocabulary"]
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=r"churn model was trained before .* Train again\."):
        load_model(tmp_path)


def test_a_vocabulary_of_another_version_is_one_sentence(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    card["training"]["vocabulary"]["smells"] = ["lavender"]
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="Expected a model of this version"):
        load_model(tmp_path)


def test_the_files_hold_no_pickle(spend: Model, tmp_path: Path) -> None:
    save_model(tmp_path, spend, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "amount.skops",
        "card.json",
        "linear.skops",
        "trees.txt",
    ]
    for content in _contents(tmp_path):
        assert not _is_pickle(content)


def test_a_pickle_in_the_place_of_a_file_is_refused_and_not_run(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    mark = tmp_path / "run"
    with zipfile.ZipFile(tmp_path / "linear.skops", "w") as archive:
        archive.writestr("schema.json", pickle.dumps(Touches(mark)).decode("latin-1"))
    _sign(tmp_path, "linear.skops")
    with pytest.raises(ModelError, match="Expected a model of this version"):
        load_model(tmp_path)
    assert not mark.exists()


def test_a_function_smuggled_into_a_pipeline_is_refused_and_not_run(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    skops.io.dump(Pipeline([("smuggled", FunctionTransformer(func=os.getcwd))]), tmp_path / "linear.skops")
    _sign(tmp_path, "linear.skops")
    with pytest.raises(ModelError, match="Untrusted types"):
        load_model(tmp_path)


def test_the_card_says_what_the_model_was_made_from(registry: Registry, named: Model) -> None:
    verdict = None
    version = registry.register(named, MADE, None, verdict)
    card = version.card
    assert (card["data_snapshot"], card["code_version"]) == (7, "0.1.0")
    assert card["task"]["target"] == "never(order_placed)"
    assert card["training"]["cut_offs"] == [cut_off.isoformat() for cut_off in cut_offs(4)]
    assert card["tree_columns"] == list(named.features)


def test_figures_and_reasons_are_kept_with_the_version(registry: Registry, named: Model) -> None:
    judged = rolling_backtest(CHURN, shop(800, cut_offs(5)), seed=0, later=1, resamples=50)
    verdict = decide(judged, None, start_of_log=START, seed=0)
    card = registry.register(named, MADE, judged, verdict).card
    assert card["backtest"]["roc_auc"] == judged.metrics["roc_auc"]
    assert card["verdict"]["reasons"] == list(verdict.reasons)


def test_the_card_is_kept_as_a_page_and_its_figures_in_mlflow(registry: Registry, named: Model) -> None:
    judged = rolling_backtest(CHURN, shop(800, cut_offs(5)), seed=0, later=1, resamples=50)
    version = registry.register(named, MADE, judged, decide(judged, None, start_of_log=START, seed=0))
    page = (version.folder / "card.html").read_text(encoding="utf-8")
    assert "<h2>How good it is</h2>" in page
    run = MlflowClient(registry.uri).get_run(version.folder.parent.name)
    assert run.data.metrics["roc_auc"] == pytest.approx(judged.metrics["roc_auc"])
    assert run.data.metrics["roc_auc_low"] < run.data.metrics["roc_auc"] < run.data.metrics["roc_auc_high"]
    assert run.data.metrics["calibration_slope"] > 0
    assert run.data.params["code_version"] == "0.1.0"
    card = version.card
    assert card["features"] == list(named.features)
    assert sum(weight["share"] for weight in card["importance"]) == pytest.approx(1)
    assert {weight["topic"] for weight in card["importance"]} >= {"frequency", "recency"}


def test_no_customer_is_named_in_what_is_kept(registry: Registry, named: Model) -> None:
    version = registry.register(named, MADE, None, None)
    assert not any(b"c00" in content for content in _contents(version.folder))


def test_a_challenger_becomes_champion_and_a_rollback_returns(registry: Registry, named: Model) -> None:
    name = named.task.name
    assert registry.champions([named.task]) == {}
    first = registry.register(named, MADE, None, None)
    assert first.aliases == ("challenger",)
    assert registry.promote(name, first.number).aliases == ("champion",)
    second = registry.register(replace(named, card=replace(named.card, seed=5)), MADE, None, None)
    registry.promote(name, second.number)
    assert registry.champions([named.task])[name].card.seed == 5
    assert [version.aliases for version in registry.versions(name)] == [(), ("champion",)]
    assert registry.rollback(name).number == first.number
    assert registry.champions([named.task])[name].card.seed == 0


def test_there_is_no_rollback_beyond_the_first_champion(registry: Registry, named: Model) -> None:
    name = named.task.name
    with pytest.raises(ModelError, match="got none"):
        registry.rollback(name)
    registry.promote(name, registry.register(named, MADE, None, None).number)
    with pytest.raises(ModelError, match="replaced no other"):
        registry.rollback(name)


def test_promoting_an_unknown_version_names_the_known_ones(registry: Registry, named: Model) -> None:
    registry.register(named, MADE, None, None)
    with pytest.raises(ModelError, match="one of 1, got 9"):
        registry.promote(named.task.name, 9)


@pytest.mark.parametrize("damage", ["missing", "changed", "card", "format"])
def test_a_damaged_artefact_is_one_sentence(damage: str, churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    card = tmp_path / "card.json"
    match damage:
        case "missing":
            (tmp_path / "linear.skops").unlink()
        case "changed":
            (tmp_path / "trees.txt").write_text("tree\n", encoding="utf-8")
        case "card":
            card.write_text("{", encoding="utf-8")
        case _:
            card.write_text(json.dumps({**json.loads(card.read_text(encoding="utf-8")), "format": 0}), encoding="utf-8")
    with pytest.raises(ModelError, match="Expected a model of this version"):
        load_model(tmp_path)


def test_a_champion_of_another_question_is_refused(registry: Registry, named: Model) -> None:
    registry.promote(named.task.name, registry.register(named, MADE, None, None).number)
    with pytest.raises(ModelError, match="Train again"):
        registry.champions([replace(named.task, horizon=timedelta(days=30))])


def test_clusters_are_in_service_at_once_and_read_back_alike(registry: Registry, past: Examples) -> None:
    now = past.matrix.at(cut_offs(1)[0])
    clusters = find_clusters(now, seed=0)
    version = registry.register_clusters(clusters, MADE, as_of=AS_OF)
    assert version.aliases == ("champion",)
    found = registry.clusters()
    assert found is not None
    assert found.assign(now).tolist() == clusters.assign(now).tolist()


def test_a_project_folder_can_be_moved(churn: Model, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    before = Registry(f"sqlite:///{here}/mlflow.db", here / "models")
    before.promote("churn", before.register(churn, MADE, None, None).number)
    here.rename(there)
    after = Registry(f"sqlite:///{there}/mlflow.db", there / "models")
    assert set(after.champions(TASKS)) == {"churn"}


@dataclass(frozen=True)
class Touches:
    """An object whose pickle leaves a file behind when it is read."""

    mark: Path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def _sign(folder: Path, name: str) -> None:
    """Say in the card that the file is the right one, as one would who may write there."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")


def _contents(folder: Path) -> Iterator[bytes]:
    for path in folder.iterdir():
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from (archive.read(name) for name in archive.namelist())
        else:
            yield path.read_bytes()


def _is_pickle(content: bytes) -> bool:
    try:
        operations = [operation.name for operation, _, _ in pickletools.genops(content)]
    except ValueError:
        return False
    return operations[:1] == ["PROTO"]
