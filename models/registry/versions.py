"""Numbered versions of whatever can be kept in a folder, written and found: MLflow on SQLite.

Only this module knows MLflow.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from models.artefacts import read_card
from models.cards.record import numbers, write_page
from pipeline.errors import ModelError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
EXPERIMENT = "segcast"
SQLITE = "sqlite:///"
MOST_RUNS = 10_000  # that are looked at when sweeping


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

    @property
    def as_of(self) -> datetime:
        """The moment after which whatever it learned from knew nothing; a ModelError as for the card."""
        told = told_as_of(self.card)
        if told is None:
            raise ModelError(f"Expected {self.folder} to say as of when it was trained, it does not. Train again.")
        return told


def told_as_of(card: Mapping[str, Any]) -> datetime | None:
    """Return the moment after which what a card tells of knew nothing, None where it does not say."""
    told = (card.get("training") or card.get("trained") or {}).get("trained_as_of") or card.get("as_of")
    return datetime.fromisoformat(told) if told else None


@dataclass(frozen=True)
class Versions:
    """Registered versions: `uri` is MLflow's store (`sqlite:///…`), `artefacts` the folder of their files."""

    uri: str
    artefacts: Path

    def add(
        self, name: str, write: Callable[[Path], None], params: Mapping[str, Any], figures: Mapping[str, Any]
    ) -> Version:
        """Make what `write` puts into a folder the challenger of a name, and log its parameters and figures.

        The files come first, so that a version never names a folder that is not whole.
        """
        client, registered = self._client(), _registered(name)
        with self._registering():
            run = client.create_run(self._experiment(), run_name=registered)
            folder = self._folder(run.info.run_id)
            _write_whole(folder, write)
            _log(client, run.info.run_id, params, figures)
            client.set_terminated(run.info.run_id)
            if not client.search_registered_models(f"name = '{registered}'"):
                client.create_registered_model(registered)
            version = client.create_model_version(registered, folder.absolute().as_uri(), run.info.run_id)
            self.challenge(name, int(version.version))
            return next(found for found in self.versions(name) if found.number == int(version.version))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return every version, oldest first; empty when none was registered."""
        found = self._client().search_model_versions(f"name = '{_registered(name)}'")
        aliased = self._aliases(name)
        versions = (self._version(name, version, aliased) for version in found)
        return tuple(sorted(versions, key=lambda version: version.number))

    def find(self, name: str, alias: str) -> Version | None:
        """Return the version that an alias points at, None when there is none."""
        return next((version for version in self.versions(name) if alias in version.aliases), None)

    def sweep(self) -> tuple[str, ...]:
        """Remove the runs, files and all, that never became a version; return their ids.

        They are left by a process that died while it registered one.
        """
        if not self.artefacts.exists():
            return ()
        client = self._client()
        with self._registering():
            named = {version.run_id for version in client.search_model_versions()}
            runs = client.search_runs([self._experiment()], max_results=MOST_RUNS)
            left = tuple(run.info.run_id for run in runs if run.info.run_id not in named)
            for run_id in left:
                shutil.rmtree(self._folder(run_id).parent, ignore_errors=True)
                client.delete_run(run_id)
            return left

    def challenge(self, name: str, number: int) -> None:
        """Let the alias `challenger` point at a version: the newest one that was trained."""
        self._client().set_registered_model_alias(_registered(name), CHALLENGER, str(number))

    def point(self, name: str, number: int) -> Version:
        """Let the alias `champion` point at a version, which is then no challenger any more."""
        client, registered = self._client(), _registered(name)
        client.set_registered_model_alias(registered, CHAMPION, str(number))
        if self._aliases(name).get(CHALLENGER) == number:
            client.delete_registered_model_alias(registered, CHALLENGER)
        return next(version for version in self.versions(name) if version.number == number)

    def note(self, name: str, number: int, key: str, value: str) -> None:
        """Remember something of a version."""
        self._client().set_model_version_tag(_registered(name), str(number), key, value)

    def noted(self, name: str, number: int) -> Mapping[str, str]:
        """Return what is remembered of a version."""
        return dict(self._client().get_model_version(_registered(name), str(number)).tags)

    @contextmanager
    def _registering(self) -> Iterator[None]:
        """Hold the registry while a version comes into being, so that nobody takes it for one that was given up."""
        self.artefacts.mkdir(parents=True, exist_ok=True)
        with FileLock(self.artefacts / ".lock"):
            yield

    def _aliases(self, name: str) -> Mapping[str, int]:
        models = self._client().search_registered_models(f"name = '{_registered(name)}'")
        return {alias: int(number) for model in models for alias, number in model.aliases.items()}

    def _version(self, name: str, version: Any, aliased: Mapping[str, int]) -> Version:  # noqa: ANN401 - MLflow is untyped
        number = int(version.version)
        aliases = tuple(sorted(alias for alias, target in aliased.items() if target == number))
        return Version(name, number, aliases, self._folder(version.run_id))

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
    path = Path(uri.removeprefix(SQLITE))
    if uri.startswith(SQLITE) and not path.exists():
        _make(path)
    return _opened(uri)


def _make(path: Path) -> None:
    """Make a store whole: MLflow takes seconds and many statements for it, and cannot go on with half of one."""
    draft = path.with_name(f".{path.name}.fresh")
    for left in path.parent.glob(f"{draft.name}*"):  # by a process that was killed, its journal too
        left.unlink()
    _opened(f"{SQLITE}{draft}").search_experiments()
    draft.replace(path)


def _opened(uri: str) -> "MlflowClient":
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - it takes seconds

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # also where something else imported it before
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _write_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a draft beside the folder, and rename it once it is whole."""
    folder.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
        whole = Path(draft, folder.name)
        whole.mkdir()
        write(whole)
        write_page(whole)
        whole.rename(folder)


def _log(client: "MlflowClient", run_id: str, params: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - imported by now

    client.log_batch(
        run_id,
        metrics=[Metric(name, value, 0, 0) for name, value in numbers(figures).items()],
        params=[Param(name, str(value)) for name, value in params.items()],
    )


def _registered(name: str) -> str:
    return f"segcast-{name}"
