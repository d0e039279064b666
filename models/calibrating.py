"""The line that makes a blend's scores honest, from customers whom the blend has not seen."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.columns import narrowed
from models.fitting import fit
from models.link import Floats, unlink
from models.model import Calibration, Model
from models.rows import Mask, Rows
from models.tasks import TaskKind
from models.trees import Growth

FOLDS = 5
MANY_ROWS = 60_000  # from here on some customers are left out for good, and the model itself is calibrated on them
LEFT_OUT = 15_000  # rows: the level is then known to about half a percentage point
LEAST_SLOPE = 0.1  # calibration never turns the ranking round, so that reasons keep their direction


def left_out(rows: Rows) -> Mask:
    """Mark the rows to calibrate on that the model never learns from; none where rows are too few to do without."""
    if len(rows) < MANY_ROWS:
        return ~rows.all
    return rows.some_customers(LEFT_OUT / len(rows), rows.seed + 2)


def calibrated_on(model: Model, rows: Rows, unseen: Mask, threads: int) -> Calibration:
    """Fit the line on rows that the model did not learn from."""
    scores = model.score(narrowed(rows.matrix, model.features, unseen), threads=threads)
    return line(scores, rows.examples.label[unseen], model.task.kind)


def calibrated_by_folds(model: Model, rows: Rows, growth: Growth | None, threads: int) -> Calibration:
    """Fit the line on what models like this one say of a fifth of the customers, having learned from the rest."""
    scores = np.empty(len(rows))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=rows.seed)
    unseen = [np.isin(np.arange(len(rows)), places) for _, places in folds.split(scores, groups=rows.customer)]
    _ = rows.usable, rows.glance, rows.foreseen  # each worked out once, before the folds ask for it side by side

    def scored(part: Mask) -> Floats:
        other = fit(rows, ~part, model.card, growth, threads)
        return other.score(narrowed(rows.matrix, other.features, part), threads=threads)

    # A fold a core, each on one thread: that is fast alone, and no slower than its share where others work too.
    with ThreadPoolExecutor(min(FOLDS, os.cpu_count() or 1)) as workers:
        for part, found in zip(unseen, workers.map(scored, unseen), strict=True):
            scores[part] = found
    return line(scores, rows.examples.label, model.task.kind)


def line(scores: Floats, label: Floats, kind: TaskKind) -> Calibration:
    """Fit the level, and for a probability the slope, of scores to what came."""
    if kind is TaskKind.PROBABILITY:
        found = LogisticRegression(C=np.inf).fit(scores[:, None], label)
        return Calibration(max(float(found.coef_[0, 0]), LEAST_SLOPE), float(found.intercept_[0]))
    total = max(float(label.sum()), 1.0)
    return Calibration(1.0, float(np.log(total / unlink(scores, kind).sum())))
