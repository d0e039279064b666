"""What BG/NBD expects of each customer over a task's horizon, as two columns that trees read beside the features."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.matrix import FeatureMatrix
from models.columns import narrowed
from models.link import Floats
from models.orders.btyd import READ, Btyd, fit_btyd
from models.tasks import Task, TaskKind

COLUMNS = ("btyd_expected_orders", "btyd_chance")
STAND_FOR = ("order_days_lifetime", "days_since_last_order")  # the features whose push theirs is counted with
ORDER = "order_placed"
MOST_FITTED = 10_000  # customers of a cut-off, every so manieth: more of them move four numbers no further


@dataclass(frozen=True)
class Foresight:
    """BG/NBD as fitted to one moment, and how far ahead it looks.

    A model keeps the fit of its latest cut-off and does not fit again when it predicts: what it says of a customer then
    does not depend on who else is asked about, and on Online Retail it ranks the same to a ten-thousandth.
    """

    btyd: Btyd
    horizon_days: float

    def columns(self, matrix: FeatureMatrix) -> Floats:
        """Return the expected days with an order and the chance of any, of shape (n, 2); NaN for who never ordered."""
        expected = self.btyd.expected_orders(matrix, self.horizon_days)
        return np.column_stack([expected, self.btyd.chance_of_any(matrix, self.horizon_days)])

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values; `from_dict` reads them."""
        return {"btyd": self.btyd.as_dict(), "horizon_days": self.horizon_days}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Foresight":
        """Return what `as_dict` described."""
        return cls(Btyd.from_dict(told["btyd"]), told["horizon_days"])


def foresee(task: Task, matrix: FeatureMatrix) -> tuple[Foresight, Floats] | None:
    """Return the latest cut-off's foresight, and the columns of all rows, each by its own cut-off's, of shape (n, 2).

    None where the task is not about whether somebody orders, or where any cut-off has no fit: a column that is missing
    at some cut-offs would tell the model which era a row is from. An amount gains nothing from it, as measured.
    """
    if task.kind is not TaskKind.PROBABILITY or ORDER not in task.event_types or not set(READ) <= set(matrix.names):
        return None
    foresight, ahead = None, np.empty((len(matrix), len(COLUMNS)))
    for cut_off in np.unique(matrix.as_of):
        rows = matrix.as_of == cut_off
        read = narrowed(matrix, READ, rows)
        btyd = fit_btyd(read.where(np.arange(len(read)) % (1 + len(read) // MOST_FITTED) == 0))
        if btyd is None:
            return None
        foresight = Foresight(btyd, task.horizon_days)
        ahead[rows] = foresight.columns(read)
    return None if foresight is None else (foresight, ahead)
