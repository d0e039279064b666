import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

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
    files = list(version.folder.iterdir())
    assert "card.json" in {file.name for file in files}
    for file in files:
        assert not re.search(rb"\bc\d{5}\b", _uncompressed(file))


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


def _uncompressed(file: Path) -> bytes:
    if not zipfile.is_zipfile(file):
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def test_a_registration_that_died_leaves_nothing_after_a_sweep_and_takes_no_number(
    registry: Registry, named: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = registry.register(named, MADE, None, None)
    with monkeypatch.context() as patched:
        patched.setattr(MlflowClient, "create_model_version", _dies)
        with pytest.raises(InterruptedError):
            registry.register(named, MADE, None, None)
    left = registry.sweep()
    assert [path.name for path in registry.artefacts.iterdir() if path.name in left] == []
    assert len(left) == 1
    assert kept.folder.exists()
    assert registry.sweep() == ()
    assert registry.register(named, MADE, None, None).number == kept.number + 1


def test_what_was_made_from_just_the_same_is_found_again(registry: Registry, named: Model) -> None:
    made = replace(MADE, settings="as they were")
    version = registry.register(named, made, None, None)
    assert registry.already(version.name, made, version.as_of) == version
    assert registry.already(version.name, MADE, version.as_of) is None
    assert registry.already(version.name, made, version.as_of + timedelta(days=1)) is None


def test_the_newest_version_is_put_where_it_belongs_and_an_older_one_stays(registry: Registry, named: Model) -> None:
    first, second = (registry.register(named, MADE, None, None) for _ in range(2))
    registry.settle(first, promote=True)
    assert registry.find(first.name, "champion") is None
    MlflowClient(registry.uri).delete_registered_model_alias(f"segcast-{first.name}", "challenger")
    registry.settle(second, promote=False)
    assert registry.find(first.name, "challenger") == replace(second, aliases=("challenger",))
    assert registry.settle(second, promote=True).aliases == ("champion",)
    assert registry.settle(second, promote=False).aliases == ("champion",)
    registry.challenge(first.name, second.number)
    assert registry.settle(second, promote=False).aliases == ("champion",)


def test_a_version_that_was_rolled_back_from_is_not_put_into_service_again_by_itself(
    registry: Registry, named: Model
) -> None:
    first, second = (registry.register(named, MADE, None, None) for _ in range(2))
    for version in (first, second):
        registry.promote(version.name, version.number)
    registry.rollback(second.name)
    registry.settle(second, promote=True)
    served = registry.find(first.name, "champion")
    assert served is not None
    assert served.number == first.number
    assert registry.promote(second.name, second.number).aliases == ("champion",)


def test_a_store_of_versions_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / ".mlflow.db.fresh").write_bytes(b"what a killed process had made of it so far")
    registry = Registry(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "models")
    assert registry.versions("churn") == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mlflow.db"]


def _dies(*_: object, **__: object) -> None:
    raise InterruptedError
