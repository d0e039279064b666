"""How high a risk is, in a word: the one place where bands are drawn."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from models.link import Floats
from models.money import BestList

NAMES = ("low", "medium", "high")


@dataclass(frozen=True)
class Bands:
    """The lowest probability of the high and of the medium band; one on a bound belongs to the higher band.

    Bounds over 1 are reached by nobody.
    """

    high: float
    medium: float

    def of(self, probability: Floats) -> pa.Array:
        """Return the band of each calibrated probability as text, null where it is null (NaN)."""
        over = (probability >= self.medium).astype(np.int8) + (probability >= self.high)
        return pa.array(NAMES, pa.string()).take(pa.array(over, mask=np.isnan(probability)))


FIXED = Bands(high=0.6, medium=0.3)
"""For a shop whose money is not known: six in ten are expected to leave, or three in ten."""
NEARLY_WORTH_IT = 0.5  # of the threshold


def bands(best: BestList | None) -> Bands:
    """Return high from where a contact pays, medium from half of that probability; the fixed bounds without a list.

    Where nobody is worth a contact, everybody is low.
    """
    if best is None:
        return FIXED
    if best.threshold is None:
        return Bands(high=2.0, medium=2.0)
    return Bands(high=best.threshold, medium=best.threshold * NEARLY_WORTH_IT)
