"""Which models are in service and which were: MLflow on SQLite. Only this module knows MLflow."""

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.artefacts import (
    NEXT_ORDER,
    load_clusters,
    load_model,
    load_next_order,
    read_card,
    save_clusters,
    save_model,
    save_next_order,
)
from models.cards.record import about, numbers, params, write_page
from models.category.artefacts import load_category, save_category
from models.category.backtest import CategoryBacktest
from models.category.model import CATEGORY, CategoryModel
from models.clusters.model import Clusters
from models.judging.backtest import Backtest
from models.judging.gate import Verdict
from models.model import Model
from models.orders.next_order import NextOrder
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
        made_from = {"data_snapshot": made.data_snapshot, "code_version": made.code_version}
        card = {**made_from, **about(model, backtest, verdict)}
        return self._register(
            model.task.name,
            lambda folder: save_model(folder, model, card),
            {**params(model), **made_from},
            card["backtest"],
        )

    def register_clusters(self, clusters: Clusters, made: Made, *, as_of: datetime) -> Version:
        """Write clusters and put them into service at once: there is no outcome to judge them by."""
        card = {"data_snapshot": made.data_snapshot, "code_version": made.code_version, "as_of": as_of}
        told = {**card, "as_of": as_of.isoformat(), "clusters": len(clusters.names)}
        figures = clusters.figures
        version = self._register(CLUSTERS, lambda folder: save_clusters(folder, clusters, card), told, figures)
        return self.promote(CLUSTERS, version.number)

    def register_category(
        self, model: CategoryModel, made: Made, backtest: CategoryBacktest, verdict: Verdict
    ) -> Version:
        """Write a model of the next category, log its figures and make it the challenger."""
        made_from = {"data_snapshot": made.data_snapshot, "code_version": made.code_version}
        figures = backtest.to_json()
        card = {**made_from, "backtest": figures, "verdict": verdict.to_json()}
        told = {**made_from, "categories": len(model.among), "customers": model.card.customers, "rows": model.card.rows}
        write = partial(save_category, model=model, about=card)
        return self._register(model.task.name, write, told, figures)

    def category(self) -> CategoryModel | None:
        """Load the model of the next category in service, None before the first."""
        found = self.find(CATEGORY.name, CHAMPION)
        return load_category(found.folder) if found else None

    def register_next_order(
        self, fitted: NextOrder, made: Made, figures: Mapping[str, float], *, as_of: datetime
    ) -> Version:
        """Write how customers wait, log the figures and make it the challenger."""
        made_from = {"data_snapshot": made.data_snapshot, "code_version": made.code_version}
        known = {name: value for name, value in figures.items() if not math.isnan(value)}
        card = {**made_from, "as_of": as_of, "backtest": known}
        write = partial(save_next_order, fitted=fitted, about=card)
        return self._register(NEXT_ORDER, write, {**made_from, "as_of": as_of.isoformat()}, known)

    def next_order(self) -> NextOrder | None:
        """Load what is in service, None before the first."""
        found = self.find(NEXT_ORDER, CHAMPION)
        return load_next_order(found.folder) if found else None

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
            write_page(whole)
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

    client.log_batch(
        run_id,
        metrics=[Metric(name, value, 0, 0) for name, value in numbers(figures).items()],
        params=[Param(name, str(value)) for name, value in params.items()],
    )


def _registered(name: str) -> str:
    return f"segcast-{name}"


def _asked(task: Task) -> str:
    gap = f" that begin {task.gap.days} days later" if task.gap else ""
    bound = f", learned from the last {task.lookback.days} days" if task.lookback else ""
    return f"{task.target} within {task.horizon_days:g} days{gap} of {task.population}{bound}"


def _same_task(task: Task, model: Model) -> Model:
    """Refuse a model that answers another question than the task of its name asks today."""
    if model.task != task:
        raise ModelError(
            f"The champion of {task.name} was trained for {_asked(model.task)}, but the task now asks for "
            f"{_asked(task)}. Train again.",
        )
    return model
