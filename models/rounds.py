"""How trees grow, and how many: as best told customers who were not learned from, later where that can be."""

from dataclasses import replace

import numpy as np

from models.folds import clearly_less, later_folds, other_folds
from models.link import Floats
from models.rows import Rows
from models.trees import AMPLY, SLOWLY, Growth

TRIED = (75, 100, 150, 200, 300)


def best_growth(rows: Rows, usual: Growth, threads: int) -> Growth:
    """Return `usual`, or with other rounds, or for few columns `AMPLY`, where that clearly told customers better.

    It is judged at the latest cut-off, and at the only one where there is no other. The fewer rows, the sooner trees
    know them by heart, and these are fewer than the model learns from: so it takes clear evidence to leave the usual.
    """
    folds = later_folds(rows, 1, threads) if len(rows.matrix.cut_offs) > 1 else other_folds(rows, threads)
    if not folds:
        return usual
    losses: dict[Growth, Floats] = {}
    for growth, numbers in _ways(usual).items():
        found = [fold.losses(growth, numbers, threads) for fold in folds]
        losses |= {replace(growth, rounds=number): np.concatenate([one[number] for one in found]) for number in numbers}
    best = min(losses, key=lambda growth: float(losses[growth].mean()))
    return best if clearly_less(losses[best], losses[usual]) else usual


def _ways(usual: Growth) -> dict[Growth, tuple[int, ...]]:
    """Return ways to grow the most trees that are tried, and after how many of them each is judged."""
    tried = tuple(sorted({*TRIED, usual.rounds}))
    ways = {replace(usual, rounds=tried[-1]): tried}
    return ways | {AMPLY: (AMPLY.rounds,)} if usual == SLOWLY else ways
