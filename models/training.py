"""From labelled past cut-offs to a calibrated model."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from models.columns import narrowed
from models.cut_offs import STACK
from models.examples import Examples
from models.first_pass import Glance, glance
from models.linear import HABIT, RFM, fit_linear
from models.link import Floats, unlink
from models.model import Calibration, Card, Model
from models.season import level_shift, season_rows
from models.tasks import Task, TaskKind
from models.trees import THREADS, Trees, fit_trees
from pipeline.errors import ModelError, NotEnoughDataError

LEAST_CUSTOMERS = 100
CUSTOMERS_FOR_TREES = 500
FOLDS = 5
LEAST_SLOPE = 0.1  # calibration never turns the ranking round, so that reasons keep their direction
NAMELESS = Vocabulary()
READ_BY_LINEAR = (*RFM, *HABIT)
WINSOR = 0.99  # the top 1 % can hold a third of all spend: bounded for fitting, never for reporting

Mask = npt.NDArray[np.bool_]


def train(
    task: Task,
    examples: Examples,
    *,
    as_of: datetime,
    seed: int,
    stack: int = STACK,
    threads: int = THREADS,
    vocabulary: Vocabulary = NAMELESS,
) -> Model:
    """Fit a model on the `stack` latest cut-offs of `examples`, all of which must have been complete at `as_of`.

    Where `examples` hold the same season a year before, it sets the level of what is predicted. Under 100 customers on
    either side raise NotEnoughDataError; under 500 give a linear model alone. `vocabulary` is what the features of
    `examples` were built with, for the model's card.
    """
    _refuse_future(task, examples, as_of)
    recent = examples.complete_by(as_of, task.horizon, most=stack)
    card = _card(task, recent, as_of=as_of, seed=seed, vocabulary=vocabulary)
    _refuse_thin(task, card)
    rows = Rows(recent, usable_features(recent.matrix), seed)
    fitted = _fit(task, rows, rows.all, card, threads)
    calibrated = replace(fitted, calibration=_calibrate(fitted, rows, threads))
    return _at_seasons_level(calibrated, season_rows(examples, as_of), threads)


def usable_features(matrix: FeatureMatrix) -> tuple[str, ...]:
    """Return the features whose values differ between customers at every cut-off.

    One that is the same for everybody at early cut-offs, such as last year's season before a year has passed, would
    tell the model which era a row is from.
    """
    at_cut_off = [np.flatnonzero(matrix.as_of == moment) for moment in np.unique(matrix.as_of)]
    varies = (all(_differ(values[rows]) for rows in at_cut_off) for values in matrix.values.T)
    return tuple(name for name, keep in zip(matrix.names, varies, strict=True) if keep)


def _differ(values: Floats) -> bool:
    """Say whether not all values are the same, null being one."""
    told = np.where(np.isnan(values), np.inf, values)
    return bool((told != told[0]).any())


@dataclass(frozen=True)
class Rows:
    """Examples to learn from, and the features that are not the same for all of them."""

    examples: Examples
    usable: tuple[str, ...]
    seed: int

    @property
    def all(self) -> Mask:
        """Mark every row."""
        return np.ones(len(self.examples), dtype=np.bool_)

    @cached_property
    def glance(self) -> Glance:
        """The rows as a first pass of all features reads them."""
        return glance(self.examples.matrix, self.usable, seed=self.seed)


def _fit(task: Task, rows: Rows, chosen: Mask, card: Card, threads: int) -> Model:
    """Fit both parts on the chosen rows; the calibration is still the identity."""
    kind, target = task.kind, fitting_target(rows.examples.label[chosen], task.kind)
    read = narrowed(rows.examples.matrix, READ_BY_LINEAR, chosen)
    linear = fit_linear(read, target, kind, rows.usable)
    if not linear:
        raise NotEnoughDataError(
            f"The {task.name} model expected features that differ between customers, got the same value for all of "
            f"{', '.join(RFM)}. Load a longer event log.",
        )
    trees = None if card.thin else _trees(rows, chosen, target, kind, threads)
    return Model(task, trees, linear, Calibration(1.0, 0.0), card)


def _trees(rows: Rows, chosen: Mask, target: Floats, kind: TaskKind, threads: int) -> Trees:
    """Fit trees on what a first pass over the same rows finds worth reading."""
    columns = rows.glance.best(chosen, target, kind, seed=rows.seed, threads=threads)
    read = narrowed(rows.examples.matrix, columns, chosen)
    return fit_trees(read, target, kind, columns, seed=rows.seed, threads=threads)


def fitting_target(label: Floats, kind: TaskKind) -> Floats:
    """Return what is fitted: a truth as it is; an amount from 0, winsorised, over its mean so that currency is moot."""
    if kind is TaskKind.PROBABILITY:
        return label
    bounded = np.clip(label, 0, np.quantile(np.maximum(label, 0), WINSOR))
    return bounded / (bounded.mean() or 1.0)


def _calibrate(model: Model, rows: Rows, threads: int) -> Calibration:
    """Fit the level (and for a probability the slope) on predictions for customers left out of the fit."""
    examples = rows.examples
    held_out = np.empty(len(examples))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=model.card.seed)
    customer = np.unique(examples.matrix.customer_id.astype(str), return_inverse=True)[1]
    unseen = [left_out for _, left_out in folds.split(held_out, groups=customer)]
    # A fold a core, each on one thread: that is fast alone, and no slower than its share where others work too.
    with ThreadPoolExecutor(min(FOLDS, os.cpu_count() or 1)) as workers:
        scores = workers.map(lambda left_out: _score_unseen(model, rows, left_out, threads), unseen)
        for left_out, scored in zip(unseen, scores, strict=True):
            held_out[left_out] = scored
    if model.task.kind is TaskKind.PROBABILITY:
        line = LogisticRegression(C=np.inf).fit(held_out[:, None], examples.label)
        return Calibration(max(float(line.coef_[0, 0]), LEAST_SLOPE), float(line.intercept_[0]))
    total = max(float(examples.label.sum()), 1.0)
    return Calibration(1.0, float(np.log(total / unlink(held_out, model.task.kind).sum())))


def _score_unseen(model: Model, rows: Rows, unseen: npt.NDArray[np.int_], threads: int) -> Floats:
    """Return the scores of rows by a model like `model` that was fitted on all the others."""
    left_out = np.zeros(len(rows.examples), dtype=np.bool_)
    left_out[unseen] = True
    part = _fit(model.task, rows, ~left_out, model.card, threads)
    return part.score(narrowed(rows.examples.matrix, part.features, left_out), threads=threads)


def _at_seasons_level(model: Model, season: Examples | None, threads: int) -> Model:
    if season is None:
        return model
    shift = level_shift(model.score(season.matrix, threads=threads), season.label, model.task.kind)
    shifted = replace(model.calibration, intercept=model.calibration.intercept + shift)
    return replace(model, calibration=shifted, card=replace(model.card, season_shift=shift))


def _card(task: Task, examples: Examples, *, as_of: datetime, seed: int, vocabulary: Vocabulary) -> Card:
    customers, positive = examples.matrix.customer_id, examples.label > 0
    positives, negatives = len(set(customers[positive])), len(set(customers[~positive]))
    rarer = min(positives, negatives) if task.kind is TaskKind.PROBABILITY else positives
    return Card(
        trained_as_of=as_of,
        cut_offs=examples.matrix.cut_offs,
        rows=len(examples),
        customers=len(set(customers)),
        positives=positives,
        negatives=negatives,
        thin=rarer < CUSTOMERS_FOR_TREES,
        seed=seed,
        season_shift=None,
        vocabulary=vocabulary,
    )


def _refuse_future(task: Task, examples: Examples, as_of: datetime) -> None:
    for cut_off in examples.matrix.cut_offs:
        if cut_off + task.horizon > as_of:
            raise ModelError(
                f"The {task.name} model trains as of {as_of:%Y-%m-%d} on outcomes complete by then, got the cut-off "
                f"{cut_off:%Y-%m-%d}, whose {task.horizon_days:g} days end later. Choose cut-offs by mature_cut_offs.",
            )


def _refuse_thin(task: Task, card: Card) -> None:
    counts = {"with": card.positives} | ({"without": card.negatives} if task.kind is TaskKind.PROBABILITY else {})
    for side, customers in counts.items():
        if customers < LEAST_CUSTOMERS:
            raise NotEnoughDataError(
                f"The {task.name} model expected at least {LEAST_CUSTOMERS} customers {side} {task.target} within "
                f"{task.horizon_days:g} days of a past cut-off, got {customers}. "
                "Load a longer event log or choose a shorter horizon; rules still work.",
            )
