"""Earlier publications of which it is known by now what came: what each predicted, and what then came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.matrix import FeatureMatrix, utc_us
from flows.hindsight.what_came import Came
from flows.moments import MOST_UNHEARD
from flows.project import Project
from models.link import Floats
from models.registry import CHAMPION, Version
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.gaps import SILENT, Gap, overlaps
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

    def foretold(self, publication: Publication, name: str) -> Mapping[str, Any] | None:
        """Return what a publication says of a task's model, None without one, or if that knew what was to come."""
        told = {model["task"]: model for model in publication.manifest["models"]}.get(name)
        knew = told is None or datetime.fromisoformat(told["trained_as_of"]) > publication.as_of
        return None if knew else told

    def foretells(self, name: str) -> bool:
        """Say whether a task's model in service knows nothing of what came after the moment."""
        found = next((one for one in self._versions.get(name, ()) if CHAMPION in one.aliases), None)
        return found is not None and datetime.fromisoformat(found.card["training"]["trained_as_of"]) <= self.as_of

    def predicted(self, publication: Publication, name: str) -> Asked | None:
        """Return what a publication predicted under a task's name, None where it did not, or knew what was to come."""
        told = self.foretold(publication, name)
        if told is None:
            return None
        version = str(told["version"])
        task = self._task_of(name, version)
        return None if task is None or int(task.horizon_days) != told["horizon_days"] else Asked(task, version)

    def is_over(self, publication: Publication, task: Task) -> bool:
        """Say whether all that came of a task asked in a publication had been told, but for short silences."""
        begins, ends = task.outcome_begins(publication.as_of), publication.as_of + task.reach
        return ends <= self._log.end and overlaps(self.gaps, task.event_types, begins, ends, (SILENT,)) <= MOST_UNHEARD

    def still_known(self, rows: pa.Table) -> pa.Table:
        """Return the rows of those customers who are known at the moment."""
        return rows.filter(pc.is_in(rows["customer_id"], value_set=self.customers))

    def came(self, task: Task, customers: pa.Array | pa.ChunkedArray, moment: datetime) -> Floats | None:
        """Return what came of known customers after a moment, of shape (n,): 1 or 0 of a truth, otherwise an amount.

        None where the task's target cannot be told of everybody.
        """
        if (task, moment) not in self._came:
            self._came[task, moment] = self._came_of_all(task, moment)
        told = self._came[task, moment]
        places = pc.index_in(customers, value_set=self.customers)
        return None if told is None else told[places.to_numpy(zero_copy_only=False)]

    @cached_property
    def _came(self) -> dict[tuple[Task, datetime], Floats | None]:
        """What came of everybody known: the lists and the predictions of one publication ask for the same."""
        return {}

    def _came_of_all(self, task: Task, moment: datetime) -> Floats | None:
        ids = self.customers.to_numpy(zero_copy_only=False)
        rows = FeatureMatrix(ids, np.full(len(ids), utc_us(moment)), (), np.empty((len(ids), 0)))
        try:
            return self._log.outcomes(task, rows, moment)
        except ModelError:  # an old question that has no answer for somebody hinders no publication
            return None

    @cached_property
    def _log(self) -> Came:
        return Came(self.project, self.as_of)

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


def rows_of(publication: Publication, name: str, columns: Sequence[str], filters: pc.Expression) -> pa.Table | None:
    """Return columns of the rows of an earlier publication's table, None for want of one that can be read.

    What was told of the past is a by-product: a publication that is damaged, was removed meanwhile or lacks a column
    is passed over.
    """
    path = publication.path / f"{name}.parquet"
    try:
        return pq.read_table(path, columns=list(columns), filters=filters)
    except (OSError, pa.ArrowException):
        return None
