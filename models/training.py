"""From labelled past cut-offs to a calibrated model."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from features.vocabulary import Vocabulary
from models.calibrating import calibrated_by_folds, calibrated_on, left_out
from models.counts import is_count
from models.cut_offs import STACK
from models.examples import Examples
from models.fitting import fit
from models.link import Floats
from models.model import Calibration, Card, Model, Searched
from models.rounds import best_growth
from models.rows import Rows
from models.search import Search, find_growth
from models.season import season_line, season_rows
from models.tasks import Task, TaskKind
from models.threads import alone
from models.trees import MANY_COLUMNS, THREADS, Growth, growth_for
from pipeline.errors import ModelError, NotEnoughDataError

LEAST_CUSTOMERS = 100
CUSTOMERS_FOR_TREES = 500
NAMELESS = Vocabulary()
WINSOR = 0.99  # the top 1 % can hold a third of all spend: bounded for fitting, never for reporting


def train(
    task: Task,
    examples: Examples,
    *,
    as_of: datetime,
    seed: int,
    stack: int = STACK,
    threads: int = THREADS,
    vocabulary: Vocabulary = NAMELESS,
    search: Search | None = None,
) -> Model:
    """Fit a model on the `stack` latest cut-offs of `examples`, all of which must have been complete at `as_of`.

    Where `examples` hold the same season a year before, it sets the level of what is predicted. Under 100 customers on
    either side raise NotEnoughDataError; under 500 give a linear model alone. `vocabulary` is what the features of
    `examples` were built with, for the model's card. With a `search` trees may grow in another way than usual, where
    that is clearly better on later cut-offs.
    """
    _refuse_future(task, examples, as_of)
    recent = examples.complete_by(as_of, task.reach, most=stack)
    card = _card(task, recent, as_of=as_of, seed=seed, vocabulary=vocabulary)
    _refuse_thin(task, card)
    rows = Rows(task, recent, fitting_target(recent.label, task.kind, counted=is_count(task)), seed)
    with alone():
        growth, searched = (None, None) if card.thin else _growth(rows, search, threads)
        told = replace(card, rounds=growth.rounds if growth else None, searched=searched)
        model = _calibrated(rows, told, growth, threads)
        return _at_seasons_level(model, season_rows(examples, as_of), threads)


def _growth(rows: Rows, search: Search | None, threads: int) -> tuple[Growth, Searched | None]:
    """Return how trees grow on these rows, and what came of the search."""
    growth = best_growth(rows, growth_for(min(len(rows.usable), MANY_COLUMNS)), threads)
    searched = find_growth(rows, growth, search, threads) if search else None
    return (searched.growth if searched else growth), searched


def _calibrated(rows: Rows, card: Card, growth: Growth | None, threads: int) -> Model:
    """Fit a model and the line of its scores, by whichever way the rows are enough for."""
    unseen = left_out(rows)
    model = fit(rows, ~unseen, card, growth, threads)
    if unseen.any():
        return replace(model, calibration=calibrated_on(model, rows, unseen, threads))
    return replace(model, calibration=calibrated_by_folds(model, rows, growth, threads))


def fitting_target(label: Floats, kind: TaskKind, *, counted: bool = False) -> Floats:
    """Return what is fitted: a truth as it is; an amount from 0, winsorised, over its mean so that currency is moot.

    What is `counted` has no such tail as money and is not winsorised: the most loyal would be told to order less.
    """
    if kind is TaskKind.PROBABILITY:
        return label
    some = np.maximum(label, 0)
    bounded = some if counted else np.minimum(some, np.quantile(some, WINSOR))
    return bounded / (bounded.mean() or 1.0)


def _at_seasons_level(model: Model, season: Examples | None, threads: int) -> Model:
    if season is None:
        return model
    scores = model.score(season.matrix, threads=threads)
    slope, shift = season_line(scores, season.label, model.task.kind)
    line = Calibration(model.calibration.slope * slope, model.calibration.intercept * slope + shift)
    return replace(model, calibration=line, card=replace(model.card, season_shift=shift, season_slope=slope))


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
        if cut_off + task.reach > as_of:
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
