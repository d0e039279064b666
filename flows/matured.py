"""Earlier publications of which it is known by now what came: what each predicted, and what then came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.matrix import FeatureMatrix, utc_us
from flows.moments import MOST_UNHEARD, midnight_after
from flows.project import Project
from models.labels import labels
from models.link import Floats
from models.registry import Version
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.gaps import SILENT, Gap, overlaps
from pipeline.events.quality.volumes import first_and_last, known_events
from pipeline.publish.published import Publication


@dataclass(frozen=True)
class Asked:
    """What a publication predicted: the task as its model knew it, and that model's version."""

    task: Task
    model_version: str


@dataclass(frozen=True)
class Hindsight:
    """What had become known at a moment of what came before it.

    `customers` are those known at the moment: of anybody else, who was forgotten, objects to being profiled or turned
    out to be somebody else, nothing is told. `gaps` are those of the tracker.
    """

    project: Project
    as_of: datetime
    customers: pa.Array
    gaps: tuple[Gap, ...]

    def predicted(self, publication: Publication, name: str) -> Asked | None:
        """Return what a publication predicted under a task's name, None where it did not, or knew what was to come."""
        told = {model["task"]: model for model in publication.manifest["models"]}.get(name)
        if told is None or datetime.fromisoformat(told["trained_as_of"]) > publication.as_of:
            return None
        version = str(told["version"])
        task = self._task_of(name, version)
        return None if task is None or int(task.horizon_days) != told["horizon_days"] else Asked(task, version)

    def is_over(self, publication: Publication, task: Task) -> bool:
        """Say whether all that came of a task asked in a publication had been told, but for short silences."""
        begins, ends = task.outcome_begins(publication.as_of), publication.as_of + task.reach
        return ends <= self._end and overlaps(self.gaps, task.event_types, begins, ends, (SILENT,)) <= MOST_UNHEARD

    def still_known(self, rows: pa.Table) -> pa.Table:
        """Return the rows of those customers who are known at the moment."""
        return rows.filter(pc.is_in(rows["customer_id"], value_set=self.customers))

    def came(self, task: Task, customers: pa.ChunkedArray, moment: datetime) -> Floats:
        """Return what came of customers after a moment, each of shape (n,): 1 or 0 of a truth, otherwise an amount."""
        ids = customers.to_numpy(zero_copy_only=False)
        rows = FeatureMatrix(ids, np.full(len(ids), utc_us(moment)), (), np.empty((len(ids), 0)))
        outcome = self.project.store.outcome(task.outcome_begins(moment), task.horizon, self.as_of)
        return labels(task, rows, outcome)

    @cached_property
    def _end(self) -> datetime:
        """Until when the log told what came."""
        store = self.project.store
        span = first_and_last(store, known_events(store, self.as_of))
        if span is None:
            return datetime.min.replace(tzinfo=UTC)
        return min(self.as_of, midnight_after(span[1], store.time_zone)).astimezone(UTC)

    def _task_of(self, name: str, version: str) -> Task | None:
        """Return the task that a version was trained for, None where its files do not say any more."""
        if (name, version) not in self._tasks:
            found = next((one for one in self._versions.get(name, ()) if str(one.number) == version), None)
            try:
                self._tasks[name, version] = None if found is None else Task.from_dict(found.card["task"])
            except ModelError:  # a version that was taken out of service and cleared away hinders no publication
                self._tasks[name, version] = None
        return self._tasks[name, version]

    @cached_property
    def _tasks(self) -> dict[tuple[str, str], Task | None]:
        """What versions were trained for: every publication asks for the same few again."""
        return {}

    @cached_property
    def _versions(self) -> Mapping[str, tuple[Version, ...]]:
        return {task.name: self.project.registry.versions(task.name) for task in self.project.tasks}
