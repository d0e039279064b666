"""From labelled past cut-offs to a calibrated model."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from features.matrix import FeatureMatrix
from models.examples import Examples
from models.linear import RFM, fit_linear
from models.link import Floats, unlink
from models.model import Calibration, Card, Model
from models.season import level_shift, season_before, season_known, season_rows
from models.tasks import Task, TaskKind
from models.trees import THREADS, fit_trees
from pipeline.errors import ModelError, NotEnoughDataError

EVERY = timedelta(days=30)
STACK = 6  # cut-offs to learn from
LATER = 3  # cut-offs that a rolling backtest judges on
LEAST_CUSTOMERS = 100
CUSTOMERS_FOR_TREES = 500
FOLDS = 5
LEAST_SLOPE = 0.1  # calibration never turns the ranking round, so that reasons keep their direction
WINSOR = 0.99  # the top 1 % can hold a third of all spend: bounded for fitting, never for reporting


def mature_cut_offs(
    as_of: datetime,
    horizon: timedelta,
    start_of_log: datetime,
    *,
    every: timedelta = EVERY,
    most: int = STACK,
) -> tuple[datetime, ...]:
    """Return the latest cut-offs, earliest first, whose outcome has ended at `as_of` and that have some history.

    They step back from `as_of - horizon`; each has at least `every` of log before it. Empty when the log is too short.
    """
    steps = (as_of - horizon - every * step for step in range(most))
    return tuple(sorted(cut_off for cut_off in steps if cut_off >= start_of_log + every))


def rolling_cut_offs(
    as_of: datetime,
    horizon: timedelta,
    start_of_log: datetime,
    *,
    every: timedelta = EVERY,
    stack: int = STACK,
    later: int = LATER,
) -> tuple[datetime, ...]:
    """Return the cut-offs that training and its rolling backtest need, earliest first.

    `later` to judge on and, before each, `stack` to learn from; and for each moment of prediction the same season a
    year before, where the log reaches back to it.
    """
    apart = math.ceil(horizon / every)
    recent = mature_cut_offs(as_of, horizon, start_of_log, every=every, most=later - 1 + apart + stack)
    predicted = (*recent[-later:], as_of)
    seasons = (season_before(moment) for moment in predicted if season_known(moment, start_of_log))
    return tuple(sorted({*recent, *seasons}))


def train(
    task: Task, examples: Examples, *, as_of: datetime, seed: int, stack: int = STACK, threads: int = THREADS
) -> Model:
    """Fit a model on the `stack` latest cut-offs of `examples`, all of which must have been complete at `as_of`.

    Where `examples` hold the same season a year before, it sets the level of what is predicted. Under 100 customers on
    either side raise NotEnoughDataError; under 500 give a linear model alone.
    """
    _refuse_future(task, examples, as_of)
    recent = examples.complete_by(as_of, task.horizon, most=stack)
    card = _card(task, recent, as_of=as_of, seed=seed)
    _refuse_thin(task, card)
    fitted = _fit(task, recent, card, threads)
    calibrated = replace(fitted, calibration=_calibrate(fitted, recent, threads))
    return _at_seasons_level(calibrated, season_rows(examples, as_of), threads)


def usable_features(matrix: FeatureMatrix) -> tuple[str, ...]:
    """Return the features whose values differ between customers at every cut-off.

    One that is the same for everybody at early cut-offs, such as last year's season before a year has passed, would
    tell the model which era a row is from.
    """
    groups = [np.where(np.isnan(values), np.inf, values) for values in _by_cut_off(matrix)]
    varies = np.all([(group != group[:1]).any(axis=0) for group in groups], axis=0)
    return tuple(name for name, keep in zip(matrix.names, varies, strict=True) if keep)


def _by_cut_off(matrix: FeatureMatrix) -> list[Floats]:
    return [matrix.at(cut_off).values for cut_off in matrix.cut_offs]


def _fit(task: Task, examples: Examples, card: Card, threads: int) -> Model:
    """Fit both parts; the calibration is still the identity."""
    matrix, target, kind = examples.matrix, fitting_target(examples.label, task.kind), task.kind
    usable = usable_features(matrix)
    linear = fit_linear(matrix, target, kind, usable)
    if not linear:
        raise NotEnoughDataError(
            f"The {task.name} model expected features that differ between customers, got the same value for all of "
            f"{', '.join(RFM)}. Load a longer event log.",
        )
    trees = None if card.thin else fit_trees(matrix, target, kind, usable, seed=card.seed, threads=threads)
    return Model(task, trees, linear, Calibration(1.0, 0.0), card)


def fitting_target(label: Floats, kind: TaskKind) -> Floats:
    """Return what is fitted: a truth as it is; an amount from 0, winsorised, over its mean so that currency is moot."""
    if kind is TaskKind.PROBABILITY:
        return label
    bounded = np.clip(label, 0, np.quantile(np.maximum(label, 0), WINSOR))
    return bounded / (bounded.mean() or 1.0)


def _calibrate(model: Model, examples: Examples, threads: int) -> Calibration:
    """Fit the level (and for a probability the slope) on predictions for customers left out of the fit."""
    held_out = np.empty(len(examples))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=model.card.seed)
    customer = np.unique(examples.matrix.customer_id.astype(str), return_inverse=True)[1]
    unseen = [rows for _, rows in folds.split(held_out, groups=customer)]
    # A fold a core, each on one thread: that is fast alone, and no slower than its share where others work too.
    with ThreadPoolExecutor(min(FOLDS, os.cpu_count() or 1)) as workers:
        scores = workers.map(lambda rows: _score_unseen(model, examples, rows, threads), unseen)
        for rows, scored in zip(unseen, scores, strict=True):
            held_out[rows] = scored
    if model.task.kind is TaskKind.PROBABILITY:
        line = LogisticRegression(C=np.inf).fit(held_out[:, None], examples.label)
        return Calibration(max(float(line.coef_[0, 0]), LEAST_SLOPE), float(line.intercept_[0]))
    total = max(float(examples.label.sum()), 1.0)
    return Calibration(1.0, float(np.log(total / unlink(held_out, model.task.kind).sum())))


def _score_unseen(model: Model, examples: Examples, unseen: npt.NDArray[np.int_], threads: int) -> Floats:
    """Return the scores of rows by a model like `model` that was fitted on all the others."""
    rows = np.zeros(len(examples), dtype=np.bool_)
    rows[unseen] = True
    part = _fit(model.task, examples.where(~rows), model.card, threads)
    return part.score(examples.matrix.where(rows), threads=threads)


def _at_seasons_level(model: Model, season: Examples | None, threads: int) -> Model:
    if season is None:
        return model
    shift = level_shift(model.score(season.matrix, threads=threads), season.label, model.task.kind)
    shifted = replace(model.calibration, intercept=model.calibration.intercept + shift)
    return replace(model, calibration=shifted, card=replace(model.card, season_shift=shift))


def _card(task: Task, examples: Examples, *, as_of: datetime, seed: int) -> Card:
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
