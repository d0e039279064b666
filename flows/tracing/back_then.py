"""A project as it was when it published: the models then in service, and the log at the version that was read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from flows.project import Project
from models.registry import CHAMPION, CLUSTERS, Registry, Version
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.snapshot import EMPTY, FOLDER, Snapshot
from pipeline.events.store import Store
from pipeline.publish.published import Publication


@dataclass(frozen=True)
class RegistryThen(Registry):
    """The models of a moment: `numbers` are, by name, the versions in service; what it does not name is as it is now.

    Of tasks, though, only those were in service that it names.
    """

    numbers: Mapping[str, int]
    tasks: frozenset[str]

    def find(self, name: str, alias: str) -> Version | None:
        """Return the version that an alias pointed at then."""
        if alias != CHAMPION or (name not in self.numbers and name not in self.tasks):
            return super().find(name, alias)
        return next((one for one in self.versions(name) if one.number == self.numbers.get(name)), None)


@dataclass(frozen=True)
class StoreThen(Store):
    """The event log as it was at a version."""

    at: Snapshot = EMPTY

    @property
    def snapshot(self) -> Snapshot:
        """The state that was read then."""
        return self.at


@dataclass(frozen=True)
class ProjectThen(Project):
    """The project with what decided a publication; `at` is the log's version, None for the log of today."""

    numbers: Mapping[str, int]
    at: Snapshot | None = None

    @cached_property
    def store(self) -> Store:
        """The event log."""
        now = Project(self.folder, self.settings).store
        return now if self.at is None else StoreThen(now.folder, now.time_zone, now.profiling, self.at)

    @property
    def registry(self) -> Registry:
        """The models that were in service."""
        now = Project(self.folder, self.settings).registry
        return RegistryThen(now.uri, now.artefacts, self.numbers, frozenset(task.name for task in super().tasks))

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that had a model, each as the model was asked it."""
        now = Project(self.folder, self.settings)
        found = {name: _version(now.registry, name, number) for name, number in self.numbers.items()}
        return tuple(Task.from_dict(one.card["task"]) for name, one in found.items() if name != CLUSTERS)


def back_then(project: Project, publication: Publication, at: Snapshot | None = None) -> ProjectThen:
    """Return the project as it decided a publication, on the log of today or of a version."""
    told = publication.manifest["model_versions"]
    numbers = {CLUSTERS if name == "cluster" else name: int(number) for name, number in told.items()}
    return ProjectThen(project.folder, project.settings, numbers, at)


def kept_snapshot(store: Store, number: int) -> Snapshot | None:
    """Return a version of the log, None where its rows are not kept any more, as after an erasure."""
    path = store.folder / FOLDER / f"{number:09d}.json"
    if not path.exists():
        return None
    found = Snapshot(**json.loads(path.read_text(encoding="utf-8")))
    return found if all(_is_whole(store.folder / name, version) for name, version in found.versions.items()) else None


def _is_whole(table: Path, version: int) -> bool:
    try:
        files = DeltaTable(table, version=version).file_uris()
    except (DeltaError, TableNotFoundError, OSError):
        return False
    return all(Path(file).exists() for file in files)


def _version(registry: Registry, name: str, number: int) -> Version:
    found = next((one for one in registry.versions(name) if one.number == number), None)
    if found is None:
        raise ModelError(
            f"Expected version {number} of the {name} model, which decided then, in the registry; it is gone."
        )
    return found
