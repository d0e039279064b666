"""Who buys once and who comes back: different people, of whom different things can be known."""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.columns import column

ORDERS = "orders_lifetime"


class Buyer(StrEnum):
    """What kind of buyer a customer is at a moment.

    Of a one-time buyer no habit is known yet, and whether the second order comes at all is the question. Of a repeat
    buyer it is when the next one comes.
    """

    NONE = "none"
    ONE_TIME = "one-time"
    REPEAT = "repeat"


KINDS = tuple(Buyer)


def kind_of(matrix: FeatureMatrix) -> npt.NDArray[np.str_]:
    """Return "none", "one-time" or "repeat" of each row by the orders up to its own moment, of shape (n,).

    Everybody is "none" in a shop that logs no orders.
    """
    orders = np.nan_to_num(column(matrix, ORDERS), nan=0.0)
    places = np.clip(orders, 0, len(KINDS) - 1).astype(np.int64)
    return np.array([str(kind) for kind in KINDS])[places]
