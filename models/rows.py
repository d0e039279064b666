"""What one training learns from: rows, what is fitted of them, and the features that tell them apart."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.matrix import FeatureMatrix
from models.columns import columns
from models.examples import Examples
from models.first_pass import Glance, glance
from models.link import Floats
from models.orders.btyd import READ
from models.orders.foresight import COLUMNS, Foresight, foresee
from models.tasks import Task

Mask = npt.NDArray[np.bool_]
GLIMPSE = 1000  # rows: nearly every feature that differs at all differs among so many


@dataclass(frozen=True)
class Rows:
    """Examples of a task; `target`, of shape (n,), is what is fitted of their labels."""

    task: Task
    examples: Examples
    target: Floats
    seed: int

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def matrix(self) -> FeatureMatrix:
        """The features of the rows."""
        return self.examples.matrix

    @property
    def all(self) -> Mask:
        """Mark every row."""
        return np.ones(len(self), dtype=np.bool_)

    @cached_property
    def usable(self) -> tuple[str, ...]:
        """The features that differ between customers at every cut-off."""
        return usable_features(self.matrix)

    @cached_property
    def customer(self) -> npt.NDArray[np.int_]:
        """The customer of each row as a number, in the order of their first rows."""
        told = pa.array(self.matrix.customer_id, pa.string()).dictionary_encode()
        return np.asarray(told.indices, dtype=np.int_)

    def some_customers(self, share: float, seed: int) -> Mask:
        """Mark the rows of about this share of the customers, chosen at random."""
        drawn = np.random.default_rng(seed).random(int(self.customer.max(initial=-1)) + 1)
        return (drawn < share)[self.customer]

    @cached_property
    def glance(self) -> Glance:
        """The rows as a first pass of all features reads them."""
        return glance(self.matrix, self.usable, seed=self.seed)

    @cached_property
    def foreseen(self) -> tuple[Foresight, Floats] | None:
        """What BG/NBD, fitted to each cut-off, expects of the rows."""
        return foresee(self.task, self.matrix)

    def columns(self, chosen: Mask, threads: int) -> tuple[str, ...]:
        """Return the features that trees on the chosen rows read: the best of a first pass, and what BG/NBD reads."""
        best = self.glance.best(chosen, self.target[chosen], self.task.kind, seed=self.seed, threads=threads)
        return tuple(dict.fromkeys((*best, *(READ if self.foreseen else ()))))

    def read(self, names: tuple[str, ...], chosen: Mask) -> Floats:
        """Return what trees on these features read of the chosen rows, what BG/NBD expects of them last."""
        if self.foreseen is None:
            return columns(self.matrix, names, chosen)
        read = columns(self.matrix, (*names, *COLUMNS), chosen)
        read[:, len(names) :] = self.foreseen[1][chosen]
        return read


def usable_features(matrix: FeatureMatrix) -> tuple[str, ...]:
    """Return the features whose values differ between customers at every cut-off.

    One that is the same for everybody at early cut-offs, such as last year's season before a year has passed, would
    tell the model which era a row is from.
    """
    at_cut_off = [np.flatnonzero(matrix.as_of == moment) for moment in np.unique(matrix.as_of)]
    varies = (all(_differ(values, rows) for rows in at_cut_off) for values in matrix.values.T)
    return tuple(name for name, keep in zip(matrix.names, varies, strict=True) if keep)


def _differ(values: Floats, rows: npt.NDArray[np.int_]) -> bool:
    """Say whether not all values of the rows are the same, null being one."""
    return _distinct(values[rows[:GLIMPSE]]) or _distinct(values[rows])


def _distinct(values: Floats) -> bool:
    told = np.where(np.isnan(values), np.inf, values)
    return bool((told != told[0]).any())
