"""What came after past moments, as far as it was known at a later one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.matrix import FeatureMatrix
from flows.moments import midnight_after
from flows.project import Project
from models.labels import labels
from models.link import Floats
from models.orders.next_order_labels import waits
from models.tasks import Task
from pipeline.events.quality.volumes import first_and_last, known_events

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Came:
    """What came of customers, as far as was known before a moment or told by the log, whichever ends earlier."""

    project: Project
    known_before: datetime

    @cached_property
    def end(self) -> datetime:
        """Until when it is told what came; an empty log tells nothing, ever."""
        store = self.project.store
        span = first_and_last(store, known_events(store, self.known_before))
        if span is None:
            return datetime.min.replace(tzinfo=UTC)
        return min(self.known_before, midnight_after(span[1], store.time_zone)).astimezone(UTC)

    def outcomes(self, task: Task, rows: FeatureMatrix, moment: datetime) -> Floats:
        """Return for each row, of one moment, what came of a task's target in the horizon after it; see `labels`."""
        return labels(
            task, rows, self.project.store.outcome(task.outcome_begins(moment), task.horizon, self.known_before)
        )

    def happened(self, task: Task, rows: FeatureMatrix, moment: datetime) -> pa.Array:
        """Return for each row, of one moment, whether a task's target came true in the horizon after it."""
        return pa.array(self.outcomes(task, rows, moment) > 0)

    def wait_days(self, rows: FeatureMatrix, moment: datetime) -> Floats:
        """Return for each row, which has what `waits` reads, the days to the next order, NaN where none is known."""
        outcome = self.project.store.outcome(moment, self.end - moment, self.known_before)
        found = waits(rows, [outcome])
        days = dict(zip(found.matrix.customer_id, found.wait_days.tolist(), strict=True))
        return np.array([days.get(customer, np.nan) for customer in rows.customer_id], np.float64)

    def followed_days(self, moment: datetime) -> float:
        """Return for how long it is told what came after a moment."""
        return (self.end - moment) / DAY
