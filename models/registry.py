"""Which models are in service and which were: MLflow on SQLite. Only this module knows MLflow."""

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.artefacts import load_clusters, load_model, read_card, save_clusters, save_model
from models.backtest import Backtest
from models.clusters import Clusters
from models.gate import Verdict
from models.model import Model
from models.tasks import Task
from pipeline.errors import ModelError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER, CLUSTERS = "champion", "challenger", "clusters"
REPLACED = "replaced"  # on a version: the champion before it, to which a rollback returns
EXPERIMENT = "segcast"


@dataclass(frozen=True)
class Made:
    """Where a model comes from: the store's version that it was trained on, and the code's."""

    data_snapshot: int
    code_version: str


@dataclass(frozen=True)
class Version:
    """A registered version of a task's model or of the clusters; `card` is what its folder says of it."""

    name: str
    number: int
    aliases: tuple[str, ...]
    folder: Path

    @property
    def card(self) -> Mapping[str, Any]:
        """What the version was made from and its figures; a damaged folder is a ModelError."""
        return read_card(self.folder)


@dataclass(frozen=True)
class Registry:
    """Registered models: `uri` is MLflow's store (`sqlite:///…`), `artefacts` the folder of the models' files."""

    uri: str
    artefacts: Path

    def register(self, model: Model, made: Made, backtest: Backtest | None, verdict: Verdict | None) -> Version:
        """Write a model's files, log its figures and make it the challenger."""
        figures = backtest.to_json() if backtest else {}
        about = {
            "data_snapshot": made.data_snapshot,
            "code_version": made.code_version,
            "backtest": figures,
            "verdict": {"promote": verdict.promote, "reasons": verdict.reasons} if verdict else None,
        }
        params = {
            "population": model.task.population,
            "target": model.task.target,
            "horizon_days": model.task.horizon_days,
            "trained_as_of": model.card.trained_as_of.isoformat(),
            "cut_offs": ", ".join(f"{cut_off:%Y-%m-%d}" for cut_off in model.card.cut_offs),
            "rows": model.card.rows,
            "customers": model.card.customers,
            "features": len(model.features),
            "thin": model.card.thin,
            "seed": model.card.seed,
            "data_snapshot": made.data_snapshot,
            "code_version": made.code_version,
        }
        return self._register(model.task.name, lambda folder: save_model(folder, model, about), params, figures)

    def register_clusters(self, clusters: Clusters, made: Made, *, as_of: datetime) -> Version:
        """Write clusters and put them into service at once: there is no outcome to judge them by."""
        about = {"data_snapshot": made.data_snapshot, "code_version": made.code_version, "as_of": as_of}
        params = {**about, "as_of": as_of.isoformat(), "clusters": len(clusters.names)}
        version = self._register(CLUSTERS, lambda folder: save_clusters(folder, clusters, about), params, {})
        return self.promote(CLUSTERS, version.number)

    def promote(self, name: str, number: int) -> Version:
        """Make a version the champion, remembering which one it replaces."""
        before = self.find(name, CHAMPION)
        version = next((version for version in self.versions(name) if version.number == number), None)
        if version is None:
            known = ", ".join(str(version.number) for version in self.versions(name)) or "none"
            raise ModelError(f"Expected a version of the {name} model to promote, one of {known}, got {number}.")
        read_card(version.folder)
        if before and before.number != number:
            self._client().set_model_version_tag(_registered(name), str(number), REPLACED, str(before.number))
        return self._point(name, number)

    def rollback(self, name: str) -> Version:
        """Return to the champion that the present one replaced."""
        present = self.find(name, CHAMPION)
        if present is None:
            raise ModelError(f"Expected a champion of {name} to roll back from, got none. Train and promote one first.")
        tags = self._client().get_model_version(_registered(name), str(present.number)).tags
        if REPLACED not in tags:
            raise ModelError(
                f"Version {present.number} of the {name} model replaced no other. Promote one by its number."
            )
        return self._point(name, int(tags[REPLACED]))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return every version, oldest first; empty when none was registered."""
        found = self._client().search_model_versions(f"name = '{_registered(name)}'")
        aliased = self._aliases(name)
        return tuple(
            sorted(
                (self._version(name, version, aliased) for version in found),
                key=lambda version: version.number,
            ),
        )

    def find(self, name: str, alias: str) -> Version | None:
        """Return the version that an alias points at, None when there is none."""
        return next((version for version in self.versions(name) if alias in version.aliases), None)

    def champions(self, tasks: Iterable[Task]) -> Mapping[str, Model]:
        """Load the champion of each task that has one, by the task's name."""
        in_service = {task: self.find(task.name, CHAMPION) for task in tasks}
        return {task.name: _same_task(task, load_model(found.folder)) for task, found in in_service.items() if found}

    def clusters(self) -> Clusters | None:
        """Load the clusters in service, None before the first."""
        found = self.find(CLUSTERS, CHAMPION)
        return load_clusters(found.folder) if found else None

    def _register(
        self, name: str, write: Callable[[Path], None], params: Mapping[str, Any], figures: Mapping[str, Any]
    ) -> Version:
        """Write the files first, so that a version never names a folder that is not whole."""
        client, registered = self._client(), _registered(name)
        run = client.create_run(self._experiment(), run_name=registered)
        folder = self._folder(run.info.run_id)
        folder.parent.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
            whole = Path(draft, folder.name)
            whole.mkdir()
            write(whole)
            whole.rename(folder)
        _log(client, run.info.run_id, params, figures)
        client.set_terminated(run.info.run_id)
        if not client.search_registered_models(f"name = '{registered}'"):
            client.create_registered_model(registered)
        version = client.create_model_version(registered, folder.absolute().as_uri(), run.info.run_id)
        client.set_registered_model_alias(registered, CHALLENGER, version.version)
        return next(found for found in self.versions(name) if found.number == int(version.version))

    def _point(self, name: str, number: int) -> Version:
        """Let the alias `champion` point at a version, which is then no challenger any more."""
        client, registered = self._client(), _registered(name)
        client.set_registered_model_alias(registered, CHAMPION, str(number))
        if self._aliases(name).get(CHALLENGER) == number:
            client.delete_registered_model_alias(registered, CHALLENGER)
        return next(version for version in self.versions(name) if version.number == number)

    def _aliases(self, name: str) -> Mapping[str, int]:
        models = self._client().search_registered_models(f"name = '{_registered(name)}'")
        return {alias: int(number) for model in models for alias, number in model.aliases.items()}

    def _version(self, name: str, version: Any, aliased: Mapping[str, int]) -> Version:  # noqa: ANN401 - MLflow is untyped
        number = int(version.version)
        return Version(
            name=name,
            number=number,
            aliases=tuple(sorted(alias for alias, target in aliased.items() if target == number)),
            folder=self._folder(version.run_id),
        )

    def _folder(self, run_id: str) -> Path:
        """Where a run's files are: by rule, not by the address stored, so that a project folder can be moved."""
        return self.artefacts / run_id / "artifacts"

    def _experiment(self) -> str:
        client = self._client()
        found = client.get_experiment_by_name(EXPERIMENT)
        if found:
            return str(found.experiment_id)
        return str(client.create_experiment(EXPERIMENT, artifact_location=self.artefacts.absolute().as_uri()))

    def _client(self) -> "MlflowClient":
        return _connect(self.uri)


@cache
def _connect(uri: str) -> "MlflowClient":
    """Open the store, once a process; MLflow is imported here because that alone takes seconds."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - see above

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _log(client: "MlflowClient", run_id: str, params: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - imported by now

    numbers = {
        name: float(value) for name, value in figures.items() if isinstance(value, int | float) and math.isfinite(value)
    }
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, 0, 0) for name, value in numbers.items()],
        params=[Param(name, str(value)) for name, value in params.items()],
    )


def _registered(name: str) -> str:
    return f"segcast-{name}"


def _same_task(task: Task, model: Model) -> Model:
    """Refuse a model that answers another question than the task of its name asks today."""
    if model.task != task:
        raise ModelError(
            f"The champion of {task.name} was trained for {model.task.target} within {model.task.horizon_days:g} days "
            f"of {model.task.population}, but the task now asks for {task.target} within {task.horizon_days:g} days of "
            f"{task.population}. Train again.",
        )
    return model
