"""A search for a better way of growing trees, for as long as a shop allows."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from models.folds import Fold, clearly_less, later_folds
from models.link import Floats
from models.model import Searched
from models.rows import Rows
from models.trees import Growth

if TYPE_CHECKING:
    from optuna import Trial

FOLDS = 3  # later cut-offs


@dataclass(frozen=True)
class Search:
    """How long to search: so many trials, and no new one after so many seconds.

    The same seed finds the same, as far as the seconds allow the same trials.
    """

    trials: int
    seconds: float | None = None


def find_growth(rows: Rows, usual: Growth, asked: Search, threads: int) -> Searched | None:
    """Return what came of the search: the best growth where it is clearly better than the usual one, else that one.

    Every trial learns from the cut-offs before each of the latest ones and is judged on those, by log loss at the right
    level. None where rows are too few to judge by.
    """
    import optuna  # noqa: PLC0415 - it takes half a second of every command, and few shops search

    folds = later_folds(rows, FOLDS, threads)
    if not folds:
        return None
    losses: dict[int, tuple[Growth, Floats]] = {}

    def told(trial: "Trial") -> float:
        growth = _suggested(trial, usual)
        losses[trial.number] = growth, _losses(folds, growth, threads)
        return float(losses[trial.number][1].mean())

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=rows.seed))
    study.optimize(told, n_trials=asked.trials, timeout=asked.seconds)
    before = _losses(folds, usual, threads)
    growth, after = losses[study.best_trial.number]
    kept = clearly_less(after, before)
    return Searched(len(losses), float(before.mean()), float(after.mean()), kept, growth if kept else usual)


def _losses(folds: list[Fold], growth: Growth, threads: int) -> Floats:
    return np.concatenate([fold.losses(growth, (growth.rounds,), threads)[growth.rounds] for fold in folds])


def _suggested(trial: "Trial", usual: Growth) -> Growth:
    return replace(
        usual,
        rounds=trial.suggest_int("rounds", 50, 400, log=True),
        leaves=trial.suggest_int("leaves", 3, 16, log=True),
        learning_rate=trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
        rows_per_leaf=trial.suggest_int("rows_per_leaf", 20, 400, log=True),
        ridge=trial.suggest_float("ridge", 0.1, 100, log=True),
        columns_per_tree=trial.suggest_float("columns_per_tree", 0.2, 1.0),
    )
