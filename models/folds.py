"""Later cut-offs of customers who were not learned from: on these, ways of growing trees are compared."""

from dataclasses import dataclass

import numpy as np

from models.link import Floats, link, unlink
from models.rows import Mask, Rows
from models.season import level_shift
from models.tasks import TaskKind
from models.trees import Growth, grow

MOST_ROWS = 30_000  # to compare on: more would cost more than the choice is worth
LEAST_ROWS = 500  # on either side
JUDGED_SHARE = 1 / 3  # of the customers
THIRDS = 3
CLEARLY = 3.0  # standard errors; at two, seasons of a simulated shop stopped trees early that ranked worse for it


@dataclass(frozen=True)
class Fold:
    """What trees read and are to tell, of earlier cut-offs of some customers and of a later one of others.

    Where there is one cut-off alone, of some customers and of others.
    """

    kind: TaskKind
    seed: int
    learned: tuple[Floats, Floats]
    judged: tuple[Floats, Floats]

    def losses(self, growth: Growth, rounds: tuple[int, ...], threads: int) -> dict[int, Floats]:
        """Grow trees once, and return each judged row's loss after so many rounds, each of shape (judged,)."""
        booster = grow(*self.learned, self.kind, growth, seed=self.seed, threads=threads)
        read, actual = self.judged
        return {
            number: loss(
                np.asarray(booster.predict(read, num_iteration=number, num_threads=threads)), actual, self.kind
            )
            for number in rounds
        }


def later_folds(rows: Rows, most: int, threads: int) -> list[Fold]:
    """Return folds that judge on each of the latest cut-offs, latest first; fewer, or none, where rows are too few.

    Neither the person nor the moment of what is judged was learned from.
    """
    moments = np.unique(rows.matrix.as_of)[:0:-1][:most]
    seen = rows.some_customers(MOST_ROWS / max(len(rows), 1), rows.seed)
    others = rows.some_customers(JUDGED_SHARE, rows.seed + 1)
    parts = (
        (seen & ~others & (rows.matrix.as_of < moment), seen & others & (rows.matrix.as_of == moment))
        for moment in moments
    )
    return [_fold(rows, *part, threads) for part in parts if min(map(np.sum, part)) >= LEAST_ROWS]


def other_folds(rows: Rows, threads: int) -> list[Fold]:
    """Return a fold for each third of the customers, who are judged at the cut-offs that the others are learned from.

    It is for rows of one cut-off, of which none is later.
    """
    seen = rows.some_customers(MOST_ROWS / max(len(rows), 1), rows.seed)
    third = np.random.default_rng(rows.seed + 1).integers(THIRDS, size=int(rows.customer.max(initial=-1)) + 1)[
        rows.customer
    ]
    parts = ((seen & (third != one), seen & (third == one)) for one in range(THIRDS))
    return [_fold(rows, *part, threads) for part in parts if min(map(np.sum, part)) >= LEAST_ROWS]


def _fold(rows: Rows, learned: Mask, judged: Mask, threads: int) -> Fold:
    columns = rows.columns(learned, threads)
    first, second = ((rows.read(columns, part), rows.target[part]) for part in (learned, judged))
    return Fold(rows.task.kind, rows.seed, first, second)


def clearly_less(losses: Floats, usual: Floats) -> bool:
    """Say whether losses of the same rows are less than the usual ones by more than their noise."""
    gain = usual - losses
    return bool(gain.mean() > CLEARLY * gain.std() / np.sqrt(len(gain)))


def loss(predicted: Floats, actual: Floats, kind: TaskKind) -> Floats:
    """Return each row's log loss (for an amount, a fourth of its Tweedie deviance of power 1.5) at the right level.

    The level of another season is not the trees' to know. Shape (n,).
    """
    score = link(predicted, kind)
    level = unlink(score + level_shift(score, actual, kind), kind)
    if kind is TaskKind.PROBABILITY:
        return -np.log(np.where(actual > 0, level, 1 - level))
    return np.asarray((np.sqrt(actual) - np.sqrt(level)) ** 2 / np.sqrt(level))
