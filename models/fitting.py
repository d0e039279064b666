"""Both parts of a model, fitted on some of the rows."""

from models.columns import narrowed
from models.linear import HABIT, RFM, VISITS, fit_linear
from models.model import Calibration, Card, Model
from models.rows import Mask, Rows
from models.trees import Growth, Trees, grow
from pipeline.errors import NotEnoughDataError

READ_BY_LINEAR = (*RFM, *VISITS, *HABIT)


def fit(rows: Rows, chosen: Mask, card: Card, growth: Growth | None, threads: int) -> Model:
    """Fit the linear part and, with a `growth`, trees on the chosen rows; the calibration is still the identity."""
    read = narrowed(rows.matrix, READ_BY_LINEAR, chosen)
    linear = fit_linear(read, rows.target[chosen], rows.task.kind, rows.usable, alone=growth is None)
    if not linear:
        raise NotEnoughDataError(
            f"The {rows.task.name} model expected features that differ between customers, got the same value for all "
            f"of {', '.join(RFM)}. Load a longer event log.",
        )
    trees = None if growth is None else fit_rows(rows, chosen, growth, threads)
    return Model(rows.task, trees, linear, Calibration(1.0, 0.0), card)


def fit_rows(rows: Rows, chosen: Mask, growth: Growth, threads: int) -> Trees:
    """Fit trees on what a first pass over the same rows finds worth reading."""
    columns = rows.columns(chosen, threads)
    read, target = rows.read(columns, chosen), rows.target[chosen]
    booster = grow(read, target, rows.task.kind, growth, seed=rows.seed, threads=threads)
    return Trees(columns, booster, rows.foreseen[0] if rows.foreseen else None)
