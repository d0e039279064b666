"""Whether a feature knows what it could not have known: one that was made from the outcome itself.

An honest feature shares what it knows with others, since all are read off the same past: without it, and without all
that say nearly the same, the rest ranks customers almost as well. On a real shop's and a simulated shop's features the
best of them was missed by less than .01 of AUC. A feature made from the outcome knows what no other does, and is missed
by much more, even when it is so noisy that alone it ranks no better than an honest one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from models.columns import columns
from models.examples import Examples
from models.first_pass import QUICK
from models.judging.bootstrap import Difference, ranking_difference
from models.judging.ranking import rank
from models.link import Floats
from models.tasks import Task, TaskKind
from models.trees import THREADS, settings
from pipeline.errors import ModelError

MISSED = 0.02  # of AUC: twice what an honest feature was missed by
SURELY_MISSED = 0.01  # at least, beyond noise
ALIKE = 0.8  # correlation of ranks from which two features say nearly the same
SUSPECTS = 4
ROWS = 10_000
LEAST_ROWS = 400  # under that, noise alone looks like a leak
RESAMPLES = 200

Mask = npt.NDArray[np.bool_]


class LeakageError(ModelError):
    """A feature was made from the outcome that it is to predict."""


@dataclass(frozen=True)
class Leak:
    """A feature that is missed too much: AUC of customers not learned from with it, without it, and the difference."""

    feature: str
    with_it: float
    without_it: float
    missed: Difference

    def __str__(self) -> str:
        """Say it in a sentence."""
        return (
            f'"{self.feature}" alone lifts AUC from {self.without_it:.3f} to {self.with_it:.3f} '
            f"(by at least {self.missed.low:.3f} beyond noise), which no feature that reads only the past does."
        )


def refuse_leaks(task: Task, examples: Examples, *, seed: int, trusted: Collection[str] = ()) -> None:
    """Raise a LeakageError that names each feature made from the outcome, unless it is among the `trusted`."""
    found = [leak for leak in leaks(examples, seed=seed) if leak.feature not in trusted]
    if found:
        raise LeakageError(
            f"The {task.name} model expected features that know the past alone, got "
            f"{', '.join(leak.feature for leak in found)}. {' '.join(map(str, found))} "
            "See whether it reads events from the cut-off on, or a field that is filled in afterwards."
        )


def leaks(examples: Examples, *, seed: int, threads: int = THREADS) -> tuple[Leak, ...]:
    """Return the features that are missed too much, the most missed first; of an amount, by who is above the median.

    Half of the customers teach, the other half judges. Too few rows to tell give none.
    """
    trial = _trial(examples, seed)
    if trial is None:
        return ()
    everything = tuple(range(trial.values.shape[1]))
    gain, whole = _fit(trial, everything, seed, threads)
    suspects = [place for place in np.argsort(-gain, kind="stable")[:SUSPECTS].tolist() if gain[place] > 0]
    found = [_missed(trial, place, whole, seed, threads) for place in suspects]
    sure = [leak for leak in found if leak.missed.difference >= MISSED and leak.missed.low >= SURELY_MISSED]
    return tuple(sorted(sure, key=lambda leak: -leak.missed.difference))


@dataclass(frozen=True)
class _Trial:
    """Rows with a truth for a label; `teaching` marks those to learn from."""

    names: tuple[str, ...]
    values: Floats
    label: Floats
    customer_id: npt.NDArray[np.object_]
    teaching: Mask

    @property
    def judged(self) -> Floats:
        """The labels of the rows to judge on."""
        return self.label[~self.teaching]

    def alike(self, place: int) -> Mask:
        """Mark the columns whose ranks go with those of the one at `place`, itself among them."""
        alike = np.abs(self._ranks.T @ self._ranks[:, place]) >= ALIKE
        alike[place] = True
        return np.asarray(alike)

    @cached_property
    def _ranks(self) -> Floats:
        """Each column's ranks, null the lowest, with mean 0 and length 1; 0 where all are equal."""
        ranks = rankdata(np.where(np.isnan(self.values), -np.inf, self.values), axis=0)
        ranks -= ranks.mean(axis=0)
        length = np.sqrt((ranks**2).sum(axis=0))
        return np.asarray(np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0))


def _trial(examples: Examples, seed: int) -> _Trial | None:
    random = np.random.default_rng(seed)
    rows = np.zeros(len(examples), dtype=np.bool_)
    rows[random.permutation(len(examples))[:ROWS]] = True
    matrix, amount = examples.matrix, examples.label[rows]
    label = (amount > np.median(amount)).astype(float) if len(np.unique(amount)) > 2 else amount  # noqa: PLR2004
    names, customer = np.unique(matrix.customer_id[rows].astype(str), return_inverse=True)
    teaching = random.permutation(len(names))[customer] % 2 == 0
    trial = _Trial(matrix.names, columns(matrix, matrix.names, rows), label, matrix.customer_id[rows], teaching)
    sides = (label[teaching], label[~teaching])
    mixed = all(0 < side.sum() < len(side) for side in sides)
    return trial if mixed and len(label) >= LEAST_ROWS else None


def _fit(trial: _Trial, places: Sequence[int], seed: int, threads: int) -> tuple[Floats, Floats]:
    """Return each column's gain, and the predictions for the rows to judge on, by the columns at `places`."""
    how = settings(QUICK, TaskKind.PROBABILITY, seed, threads)
    values = trial.values[:, list(places)]
    taught = lgb.Dataset(values[trial.teaching], trial.label[trial.teaching], params=how)
    booster = lgb.train(how, taught, QUICK.rounds)
    return booster.feature_importance("gain"), np.asarray(booster.predict(values[~trial.teaching], num_threads=threads))


def _missed(trial: _Trial, place: int, whole: Floats, seed: int, threads: int) -> Leak:
    """Say how much a column is missed together with all that say nearly the same."""
    rest = np.flatnonzero(~trial.alike(place)).tolist()
    without = _fit(trial, rest, seed, threads)[1] if rest else np.zeros(len(whole))
    customer_id, once = trial.customer_id[~trial.teaching], np.ones(len(whole))
    missed = ranking_difference(
        whole, without, trial.judged, customer_id, TaskKind.PROBABILITY, seed=seed, resamples=RESAMPLES
    )
    auc = (rank(whole).auc(trial.judged, once), rank(without).auc(trial.judged, once))
    return Leak(trial.names[place], *auc, missed)
