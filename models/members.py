"""Who is in a task's population at each cut-off, told by few columns of everybody before the many columns of those few.

A shop knows many more people than it has buyers. The features that populations read are worked out for all of them,
since a percentile is taken among everybody known; the whole catalogue, only for those who are in some population.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import features_of_everybody
from features.feature import Feature
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from models.labels import population
from models.tasks import Task
from pipeline.events.history import History


@dataclass(frozen=True)
class Members:
    """The customers of a population by cut-off, as a feature matrix holds moments: UTC in microseconds."""

    by_cut_off: Mapping[np.datetime64, pa.StringArray]

    def among(self, matrix: FeatureMatrix) -> npt.NDArray[np.bool_]:
        """Return which rows are of members at their own moment, of shape (n,)."""
        found = np.zeros(len(matrix), dtype=np.bool_)
        for cut_off, members in self.by_cut_off.items():
            rows = matrix.as_of == cut_off
            customers = pa.array(matrix.customer_id[rows], pa.string())
            found[rows] = pc.is_in(customers, members).to_numpy(zero_copy_only=False)
        return found


def members_of(task: Task, everybody: FeatureMatrix, history: History | None = None) -> Members:
    """Return a task's members among everybody known at the cut-offs of a matrix that has the columns it reads.

    The history is read where the population asks about events, see `population`.
    """
    chosen = population(task, everybody, history)
    return Members(
        {
            cut_off: pa.array(everybody.customer_id[chosen & (everybody.as_of == cut_off)], pa.string())
            for cut_off in np.unique(everybody.as_of)
        }
    )


def everyone_in(populations: Iterable[Members]) -> pa.StringArray:
    """Return the customers who are in any of the populations at any cut-off, each once."""
    parts = [part for members in populations for part in members.by_cut_off.values()]
    return pc.unique(pa.chunked_array(parts, pa.string()))


def features_of_populations(tasks: Iterable[Task], vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """Return the features that populations read, and one that everybody with an event has, so that nobody is missed."""
    names = frozenset(name for task in tasks for name in task.population_columns)
    return features_of_everybody(names, vocabulary)
