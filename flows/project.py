"""A project folder: its settings, and where everything of it rests."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from features.example import outlines
from flows.goals import category_task, refuse_collisions, tasks_of, written_by
from models.clusters.model import Clusters
from models.money import Economics, economics
from models.registry import Made, Registry
from models.tasks import Task, validate
from pipeline.conditions.check import Kind
from pipeline.events.history import History
from pipeline.events.pseudonyms import pseudonym_key
from pipeline.events.readers import store_on
from pipeline.events.store import Store
from pipeline.publish.manifest import code_version
from pipeline.segments.library import cluster_segments, library, load_segments
from pipeline.segments.segment import Segment
from pipeline.settings import Settings, load_settings
from pipeline.sources.terms import Terms

SEGMENTS_FILE = "segments.yaml"
_PLACE = re.compile("<[a-z_]+>")  # in the name of a feature with a column for each of a vocabulary's values


@dataclass(frozen=True)
class Project:
    """One shop's folder. Everything that a command reads or writes lies in it."""

    folder: Path
    settings: Settings

    @cached_property
    def store(self) -> Store:
        """The event log."""
        return Store(self.folder / "store", self.settings.shop.time_zone, self.settings.privacy.profiling)

    def history(self, as_of: datetime) -> History:
        """Return what was known at a moment, held by the engine that works out the features."""
        return store_on(self.settings.features.engine, self.store).history(as_of)

    def terms(self, at: datetime) -> Terms:
        """On which terms rows are kept at a moment; SettingsError when the pseudonym key is not there."""
        privacy = self.settings.privacy
        key = pseudonym_key(privacy.pseudonym_key, os.environ)
        return Terms(key, None if privacy.retention is None else at - privacy.retention)

    @property
    def registry(self) -> Registry:
        """The models."""
        return Registry(f"sqlite:///{self.folder.resolve() / 'mlflow.db'}", self.folder.resolve() / "mlruns")

    @property
    def published(self) -> Path:
        """The publications."""
        return self.folder / "published"

    @property
    def made(self) -> Made:
        """What a model or a publication made now comes from."""
        return Made(self.store.snapshot.number, code_version())

    @property
    def economics(self) -> Economics:
        """What a contact costs and may bring, completed by what is assumed."""
        return economics(**self.settings.money.model_dump())

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The built-in tasks, the ready ones that the settings name, and the shop's own goals."""
        return tasks_of(self.settings.tasks)

    @property
    def category_task(self) -> Task | None:
        """Which category customers buy from next, where the settings ask for it."""
        return category_task(self.settings.tasks)

    def segments(self, clusters: Clusters | None = None) -> tuple[Segment, ...]:
        """The library, what `segments.yaml` adds or replaces, and one segment a cluster."""
        path = self.folder / SEGMENTS_FILE
        predicted = dict.fromkeys((task.prediction for task in self.tasks), Kind.NUMBER)
        chosen = load_segments(path, columns_in(_text(path)) | predicted) if path.exists() else library()
        return (*chosen, *cluster_segments(clusters.descriptions if clusters else {}))


def open_project(folder: Path) -> Project:
    """Read the settings and check all that can be checked before any work; the sentence of the first mistake if not."""
    project = Project(folder, load_settings(folder))
    asked = [*project.tasks, *filter(None, [project.category_task])]
    columns = columns_in(" ".join(task.population for task in asked))
    for task in asked:
        validate(task, columns)
    written = " ".join(name for task in project.tasks for name in written_by(task))
    refuse_collisions(project.tasks, columns_in(written))
    project.segments()
    return project


def columns_in(text: str) -> dict[str, Kind]:
    """Return every column of the catalogue, and what a text names of those that depend on what a shop is about.

    With a feature `last_source_<source>`, `last_source_newsletter` is a column to any shop that tells "newsletter"
    apart, now or after the next training, so it may be named before; to a shop that does not have it, it is null.
    """
    names = [outline.name for outline, _ in outlines()]
    forms = [re.compile(_PLACE.sub("[a-z0-9_]+", name)) for name in names if _PLACE.search(name)]
    named = (word for word in re.findall(r"\w+", text) if any(form.fullmatch(word) for form in forms))
    return dict.fromkeys((*(name for name in names if not _PLACE.search(name)), *named), Kind.NUMBER)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
