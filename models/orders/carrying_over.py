"""A horizon longer than the log can teach: learn a shorter one, and let BG/NBD say what the longer one adds."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from models.columns import narrowed
from models.examples import Examples
from models.link import Floats
from models.model import Model
from models.orders.btyd import READ, fit_btyd
from models.orders.foresight import ORDER
from models.orders.translation import Translation
from models.tasks import Task
from pipeline.errors import ModelError, NotEnoughDataError

THIRDS = 3  # of a short log: history before the cut-offs, the cut-offs themselves, and their outcomes
DAY = timedelta(days=1)
LEAST_DOUBT = 0.25  # of the mean shift: on CDNOW the deciles of 39 weeks, told from 13, were off by about that much


def learnable(task: Task) -> bool:
    """Say whether a shorter horizon tells of a longer one: where the target hangs on orders, which BG/NBD describes."""
    return ORDER in task.event_types


def learnable_horizon(task: Task, as_of: datetime, start_of_log: datetime) -> timedelta:
    """Return the task's horizon, or where the log is too short for it a third of the log in whole days."""
    return min(task.horizon, (as_of - start_of_log) / THIRDS // DAY * DAY)


def carried_over(model: Model, task: Task, learned: Examples) -> Model:
    """Return a model of `task`, whose horizon is longer than that which `model` learned from `learned`.

    The card states both: `translated_from_days`, and in `translation_doubt` how far off the level may be on the link's
    scale for it: as far as the fits of the cut-offs differ, and at least a quarter of what was added. Raises ModelError
    for a target that does not hang on orders or a horizon that is not longer, NotEnoughDataError without any fit.
    """
    _refuse(model, task)
    cut_offs = [narrowed(part.matrix, READ) for cut_off in model.card.cut_offs if len(part := learned.at(cut_off))]
    fits = [btyd for matrix in cut_offs if (btyd := fit_btyd(matrix))]
    if not fits:
        raise NotEnoughDataError(
            f"The {task.name} model expected repeat orders enough to tell {task.horizon_days:g} days from "
            f"{model.task.horizon_days:g}, got too few. Load a longer event log or choose a shorter horizon."
        )
    latest = learned.at(model.card.cut_offs[-1])
    usual = Translation(fits[-1], model.task.horizon_days, task.horizon_days, task.kind, 1)
    towards = 1 if _along(fits[-1].chance_of_any(latest.matrix, usual.from_days), latest.label) else -1
    shifts = [float(replace(usual, btyd=btyd).shift(latest.matrix).mean()) for btyd in fits]
    doubt = max(np.ptp(shifts), LEAST_DOUBT * shifts[-1])
    card = replace(model.card, translated_from_days=usual.from_days, translation_doubt=float(doubt))
    return replace(model, task=task, card=card, translation=replace(usual, towards=towards))


def _refuse(model: Model, task: Task) -> None:
    told = f"The {task.name} model of {task.horizon_days:g} days expected one of a shorter horizon to start from"
    if task.horizon <= model.task.horizon:
        raise ModelError(f"{told}, got one of {model.task.horizon_days:g} days.")
    if replace(model.task, horizon=task.horizon) != task:
        raise ModelError(f"{told} that is the same otherwise, got one of {model.task.target}.")
    if ORDER not in task.event_types:
        raise ModelError(f"{told} and a target about orders, got {task.target}. Choose a shorter horizon.")


def _along(chance: Floats, label: Floats) -> bool:
    """Say whether the target is truer, or larger, the likelier somebody orders."""
    known = np.isfinite(chance)
    return bool(np.cov(chance[known], label[known])[0, 1] >= 0)
