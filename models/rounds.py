"""How many trees to grow: as many as told a later cut-off best, of customers who were not learned from."""

from dataclasses import replace

from models.folds import clearly_less, later_folds
from models.rows import Rows
from models.trees import Growth

TRIED = (75, 100, 150, 200, 300)


def with_best_rounds(rows: Rows, growth: Growth, threads: int) -> Growth:
    """Return `growth` with other rounds where these clearly told the latest cut-off better; else as it is.

    The fewer rows, the sooner trees know them by heart, and these are fewer than the model learns from: so it takes
    clear evidence to leave the usual rounds.
    """
    tried = tuple(sorted({*TRIED, growth.rounds}))
    for fold in later_folds(rows, 1, threads):
        losses = fold.losses(replace(growth, rounds=tried[-1]), tried, threads)
        best = min(losses, key=lambda rounds: float(losses[rounds].mean()))
        if clearly_less(losses[best], losses[growth.rounds]):
            return replace(growth, rounds=best)
    return growth
