"""The sales periods of a year, published in advance: prices fall then, and some customers wait for it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.shop.arrays import Truths


@dataclass(frozen=True)
class Promotion:
    """A sales period of so many days from a day of every year on."""

    name: str
    month: int
    day: int
    days: int


PROMOTIONS = (
    Promotion("winter sale", 1, 27, 11),
    Promotion("spring sale", 4, 25, 9),
    Promotion("summer sale", 7, 27, 11),
    Promotion("black week", 11, 20, 9),
)
PROMOTION_PER_CENT = 20
PATIENCE = 0.15  # how fast, of an ordinary day, the clock of a wholly dependent customer runs outside of sales


def on_promotion(dates: npt.NDArray[np.datetime64]) -> Truths:
    """Tell which dates lie in a sales period."""
    years = dates.astype("datetime64[Y]")
    inside = np.zeros(len(dates), bool)
    for promotion in PROMOTIONS:
        months = years.astype("datetime64[M]") + np.timedelta64(promotion.month - 1, "M")
        since = (dates - months.astype("datetime64[D]")).astype(np.int64) - (promotion.day - 1)
        inside |= (since >= 0) & (since < promotion.days)
    return inside
