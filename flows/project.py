"""A project folder: its settings, and where everything of it rests."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path

from features.example import outlines
from flows.goals import GoalError, category_task, refuse_collisions, tasks_of
from models.clusters.model import Clusters
from models.money import Economics, economics
from models.registry import Made, Registry
from models.tasks import Task, validate
from models.written import BESIDE_TASKS, written_by
from pipeline.conditions.known import Kind, Known
from pipeline.errors import ConditionError, SettingsError
from pipeline.events.history import History
from pipeline.events.pseudonyms import pseudonym_key
from pipeline.events.readers import store_on
from pipeline.events.store import Store
from pipeline.events.tables import EVENT_TYPES, EVENTS
from pipeline.publish.manifest import code_version
from pipeline.publish.plain import digest
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.read import load_audiences
from pipeline.segments.library import cluster_segments, library, load_segments
from pipeline.segments.profiles import PREDICTIONS
from pipeline.segments.segment import Segment
from pipeline.segments.settle import LeftOut
from pipeline.segments.sound import sound_segments
from pipeline.settings import Settings, load_settings
from pipeline.settings.load import settings_line
from pipeline.sources.terms import Terms

SEGMENTS_FILE = "segments.yaml"
AUDIENCES_FILE = "audiences.yaml"
_OF_A_TASK = re.compile(r"task \w+(?:, (\w+))?: (?:expected a (horizon|gap|lookback) )?")
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
        settings = self.settings.model_dump(mode="json", include={"shop", "privacy", "features", "tasks", "training"})
        return Made(self.store.snapshot.number, code_version(), digest(settings))

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

    @property
    def predicted(self) -> Mapping[str, Kind]:
        """Every column that a model may write here, whether or not there is one yet."""
        written = (written_by(task).items() for task in self.tasks)
        return {**PREDICTIONS, **BESIDE_TASKS, **dict(chain.from_iterable(written))}

    def segments(self, clusters: Clusters | None = None) -> tuple[Segment, ...]:
        """The library, what `segments.yaml` adds or replaces, and one segment a cluster."""
        path = self.folder / SEGMENTS_FILE
        return (*(self._own_segments(path) if path.exists() else library()), *_of_clusters(clusters))

    def sound_segments(self, clusters: Clusters | None = None) -> tuple[tuple[Segment, ...], tuple[LeftOut, ...]]:
        """The same segments but for those of `segments.yaml` that make no sense, and those, each with its mistake."""
        path = self.folder / SEGMENTS_FILE
        chosen, broken = (
            sound_segments(path, self.nameable(_text(path), logged=True)) if path.exists() else (library(), ())
        )
        return (*chosen, *_of_clusters(clusters)), broken

    def audiences(self, segments: Sequence[Segment], left_out: Iterable[LeftOut] = ()) -> tuple[Audience, ...]:
        """An audience a segment, and what `audiences.yaml` adds or replaces; segments left out may be named too."""
        names = [entry.segment for entry in left_out]
        return load_audiences(self.folder / AUDIENCES_FILE, segments, self.settings.audiences, broken=names)

    def nameable(self, text: str, *, logged: bool) -> Known:
        """Return what segments written as `text` may name: features, predictions, any purpose, the usual event types.

        With `logged`, the log is read for event types of the shop's own, too.
        """
        event_types = EVENT_TYPES.keys() | (self._logged if logged else ())
        return Known({**columns_in(text), **self.predicted}, frozenset(event_types))

    def _own_segments(self, path: Path) -> tuple[Segment, ...]:
        text = _text(path)
        try:
            return load_segments(path, self.nameable(text, logged=False))
        except ConditionError:  # it may name an event type that only this shop has
            return load_segments(path, self.nameable(text, logged=True))

    @cached_property
    def _logged(self) -> frozenset[str]:
        events = self.store.read(EVENTS)
        return frozenset(self.store.engine.to_pyarrow(events.select("event_type").distinct())["event_type"].to_pylist())


def open_project(folder: Path, *, keep_going: bool = False) -> Project:
    """Read the settings and check all that can be checked before any work; the sentence of the first mistake if not.

    With `keep_going`, a segment that makes no sense stops nothing.
    """
    project = Project(folder, load_settings(folder))
    try:
        _check_tasks(project)
    except GoalError as error:
        raise SettingsError(f"{settings_line(folder, 'tasks', error.task)}: {error.sentence}") from None
    segments, left_out = project.sound_segments() if keep_going else (project.segments(), ())
    project.audiences(segments, left_out)
    return project


def _check_tasks(project: Project) -> None:
    asked = [*project.tasks, *filter(None, [project.category_task])]
    columns = columns_in(" ".join(task.population for task in asked))
    for task in asked:
        try:
            validate(task, columns)
        except ConditionError as error:
            told = _OF_A_TASK.match(str(error))
            place = settings_line(project.folder, "tasks", task.name, *(filter(None, told.groups()) if told else ()))
            raise ConditionError(f"{place}, {error}") from None
    written = " ".join(name for task in project.tasks for name in written_by(task))
    refuse_collisions(project.tasks, columns_in(written))


def columns_in(text: str) -> dict[str, Kind]:
    """Return every column of the catalogue, and what a text names of those that depend on what a shop is about.

    With a feature `last_source_<source>`, `last_source_newsletter` is a column to any shop that tells "newsletter"
    apart, now or after the next training, so it may be named before; to a shop that does not have it, it is null.
    """
    names = [outline.name for outline, _ in outlines()]
    forms = [re.compile(_PLACE.sub("[a-z0-9_]+", name)) for name in names if _PLACE.search(name)]
    named = (word for word in re.findall(r"\w+", text) if any(form.fullmatch(word) for form in forms))
    return dict.fromkeys((*(name for name in names if not _PLACE.search(name)), *named), Kind.NUMBER)


def _of_clusters(clusters: Clusters | None) -> tuple[Segment, ...]:
    return cluster_segments(clusters.descriptions if clusters else {})


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
