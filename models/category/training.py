"""From what was bought after past cut-offs to a calibrated model of the next category."""

from dataclasses import dataclass, replace
from datetime import datetime

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from features.vocabulary import Vocabulary
from models.category.examples import CategoryExamples, Mask
from models.category.linear import fit_pair_linear
from models.category.model import KIND, CategoryCard, CategoryModel
from models.category.pairs import COLUMNS, Known
from models.cut_offs import STACK
from models.link import Floats
from models.model import Calibration
from models.season import level_shift, season_before
from models.tasks import Task
from models.trees import THREADS, Growth, settings
from pipeline.errors import ModelError, NotEnoughDataError

LEAST_BUYERS = 100
BUYERS_FOR_TREES = 500
LEAST_CUSTOMERS_OF_SEASON = 500
FOLDS = 3
LEAST_SLOPE = 0.1  # calibration never turns the ranking round
GROWTH = Growth()


@dataclass(frozen=True)
class Lesson:
    """Examples to learn from, the columns that tell them apart at every cut-off, and how the fit is run."""

    task: Task
    examples: CategoryExamples
    columns: tuple[str, ...]
    card: CategoryCard
    threads: int


def train_category(
    task: Task,
    examples: CategoryExamples,
    *,
    as_of: datetime,
    seed: int,
    vocabulary: Vocabulary,
    stack: int = STACK,
    threads: int = THREADS,
) -> CategoryModel:
    """Fit a model on the `stack` latest cut-offs of `examples`, all of which must have been complete at `as_of`.

    Where `examples` hold the same season a year before, it sets the level. Under 100 customers who bought raise
    NotEnoughDataError; under 500 give the smooth model alone.
    """
    _refuse_future(task, examples, as_of)
    recent = examples.complete_by(as_of, task.reach, most=stack)
    card = _card(recent, as_of, seed, vocabulary)
    if card.buyers < LEAST_BUYERS:
        raise NotEnoughDataError(
            f"The {task.name} model expected at least {LEAST_BUYERS} customers who bought from a category within "
            f"{task.horizon_days:g} days of a past cut-off, got {card.buyers}. "
            "Load a longer event log; rules still work."
        )
    lesson = Lesson(task, recent, usable_columns(recent), card, threads)
    fitted = _fit(lesson, np.ones(len(recent), dtype=np.bool_))
    return _at_seasons_level(
        replace(fitted, calibration=_calibrate(lesson)), examples.at(season_before(as_of)), threads
    )


def usable_columns(examples: CategoryExamples) -> tuple[str, ...]:
    """Return the columns whose values differ at every cut-off.

    One that is the same for all at early cut-offs, such as what sold a year before, would tell the model which era a
    row is from.
    """
    at_cut_off = [examples.at(moment).pairs for moment in examples.cut_offs]
    return tuple(
        name
        for place, name in enumerate(COLUMNS)
        if all(len(np.unique(np.nan_to_num(known[..., place], nan=-1.0))) > 1 for known in at_cut_off)
    )


def _fit(lesson: Lesson, chosen: Mask) -> CategoryModel:
    """Fit both parts on the chosen rows; the calibration is still the identity."""
    rows = lesson.examples.pairs[chosen].reshape(-1, len(COLUMNS))
    label = lesson.examples.bought[chosen].ravel()
    return CategoryModel(
        lesson.task,
        lesson.examples.among,
        lesson.columns,
        None if lesson.card.thin else _grown(rows[:, [COLUMNS.index(name) for name in lesson.columns]], label, lesson),
        fit_pair_linear(rows, label, lesson.columns),
        Calibration(1.0, 0.0),
        lesson.card,
    )


def _grown(read: Known, label: Floats, lesson: Lesson) -> lgb.Booster:
    how = settings(GROWTH, KIND, lesson.card.seed, lesson.threads)
    return lgb.train(how, lgb.Dataset(read, label, params=how), GROWTH.rounds)


def _calibrate(lesson: Lesson) -> Calibration:
    """Fit level and slope on the scores of customers who were left out of the fit, all categories together."""
    examples = lesson.examples
    held_out = np.empty(examples.bought.shape)
    customer = np.unique(examples.customer_id.astype(str), return_inverse=True)[1]
    folds = GroupKFold(FOLDS, shuffle=True, random_state=lesson.card.seed)
    for _, unseen in folds.split(held_out, groups=customer):
        left_out = np.zeros(len(examples), dtype=np.bool_)
        left_out[unseen] = True
        part = _fit(lesson, ~left_out)
        held_out[left_out] = part.score(examples.pairs[left_out], threads=lesson.threads)
    line = LogisticRegression(C=np.inf).fit(held_out.reshape(-1, 1), examples.bought.ravel())
    return Calibration(max(float(line.coef_[0, 0]), LEAST_SLOPE), float(line.intercept_[0]))


def _at_seasons_level(model: CategoryModel, season: CategoryExamples, threads: int) -> CategoryModel:
    if len(season) < LEAST_CUSTOMERS_OF_SEASON:
        return model
    shift = level_shift(model.score(season.pairs, threads=threads).ravel(), season.bought.ravel(), KIND)
    shifted = replace(model.calibration, intercept=model.calibration.intercept + shift)
    return replace(model, calibration=shifted, card=replace(model.card, season_shift=shift))


def _card(examples: CategoryExamples, as_of: datetime, seed: int, vocabulary: Vocabulary) -> CategoryCard:
    buyers = len(set(examples.customer_id[examples.bought.any(axis=1)]))
    return CategoryCard(
        trained_as_of=as_of,
        cut_offs=examples.cut_offs,
        rows=len(examples),
        customers=len(set(examples.customer_id)),
        buyers=buyers,
        thin=buyers < BUYERS_FOR_TREES,
        seed=seed,
        season_shift=None,
        vocabulary=vocabulary,
    )


def _refuse_future(task: Task, examples: CategoryExamples, as_of: datetime) -> None:
    for cut_off in examples.cut_offs:
        if cut_off + task.reach > as_of:
            raise ModelError(
                f"The {task.name} model trains as of {as_of:%Y-%m-%d} on outcomes complete by then, got the cut-off "
                f"{cut_off:%Y-%m-%d}, whose outcome ends later. Choose cut-offs by mature_cut_offs."
            )
