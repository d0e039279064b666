"""The level of the season to come, learned from the same season a year before.

The outcome after a cut-off may be Christmas when no recent one was. A model trained on recent cut-offs then ranks well
and promises too little or too much. What it would have promised a year ago, held against what came then, tells how far
to shift the scores and how much closer together they lie.
"""

from datetime import datetime, timedelta

import numpy as np
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression

from models.examples import Examples
from models.link import Floats, unlink
from models.tasks import TaskKind

A_YEAR = timedelta(weeks=52)  # whole weeks, so that the weekdays are the same
LEAST_HISTORY = timedelta(days=180)  # under that, customers of a year ago looked too young to compare with today's
LEAST_CUSTOMERS = 500
SLOPES = (0.5, 1.0)  # a season a year ago knew less of its customers, and is no evidence for surer scores than today's
SLIGHT = 0.1  # of a shift: customers of a year ago were younger, and a process without seasons seemed to have 0.085
FURTHEST = 30.0  # on a logit: nothing is surer


def season_before(moment: datetime) -> datetime:
    """Return the cut-off whose outcome fell into the season that follows `moment`, a year before."""
    return moment - A_YEAR


def season_known(moment: datetime, start_of_log: datetime) -> bool:
    """Say whether the log reaches far enough before that cut-off."""
    return season_before(moment) - start_of_log >= LEAST_HISTORY


def level_shift(score: Floats, actual: Floats, kind: TaskKind) -> float:
    """Return the constant that, added to scores on the link's scale, makes the mean prediction the mean of `actual`."""
    if kind is TaskKind.AMOUNT:
        return float(np.log(max(actual.sum(), 1.0) / unlink(score, kind).sum()))
    level = float(np.clip(actual.mean(), 0.5 / len(actual), 1 - 0.5 / len(actual)))
    return float(brentq(lambda shift: unlink(score + shift, kind).mean() - level, -FURTHEST, FURTHEST))


def season_line(score: Floats, actual: Floats, kind: TaskKind) -> tuple[float, float]:
    """Return the slope and shift that, applied to scores, make them what a season told; an amount's slope is 1.

    A season that hardly moves the level is none, and leaves scores as they are.

    Before Christmas those return, too, who had seemed lost: scores then lie closer together than at other times. A
    season tells customers apart that much more, or less, and never turns their order round.
    """
    slope = 1.0
    if abs(level_shift(score, actual, kind)) < SLIGHT:
        return slope, 0.0
    if kind is TaskKind.PROBABILITY and 0 < actual.mean() < 1:
        told = float(LogisticRegression(C=np.inf).fit(score[:, None], actual).coef_[0, 0])
        slope = float(np.clip(told, *SLOPES))
    return slope, level_shift(slope * score, actual, kind)


def season_rows(examples: Examples, as_of: datetime) -> Examples | None:
    """Return the examples of the same season a year before `as_of`; None where there are too few to learn from."""
    rows = examples.at(season_before(as_of))
    return rows if len(rows) >= LEAST_CUSTOMERS else None
