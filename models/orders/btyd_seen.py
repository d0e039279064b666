"""Which customers of BG/NBD a shop gets to see, where it looks at those with a recent order alone.

A population such as "ordered in the last year" leaves out whoever fell silent. Taken for everybody, it seems to be of
people who never leave. So each history counts given that it is seen: given an order within so many days.
"""

import numpy as np
from scipy.special import hyp2f1

from models.link import Floats

AGES = 24  # at which the chance is computed; between them it is all but a line
SHARPEST_RATE = 150.0  # r beyond which rates are as good as equal and the hypergeometric function fails
STEP = 1e-4  # of a logarithm, for slopes


def log_chance_and_slopes(logs: Floats, ages: Floats, silence: float) -> tuple[Floats, Floats]:
    """Return the log chance of being seen, of shape (n,), and its slope in the logs of r, alpha, a, b, of shape (4, n).

    Seen is who ordered within `silence` before the moment, so that whoever is younger always is.
    """
    older = ages > silence
    told, slopes = np.zeros(len(ages)), np.zeros((len(logs), len(ages)))
    if older.any():
        grid = np.linspace(silence, ages.max(), AGES)
        told[older] = np.interp(ages[older], grid, _log_chance(logs, grid - silence, silence))
        for place, step in enumerate(np.eye(len(logs)) * STEP):
            rise = _log_chance(logs + step, grid - silence, silence) - _log_chance(logs - step, grid - silence, silence)
            slopes[place, older] = np.interp(ages[older], grid, rise / (2 * STEP))
    return told, slopes


def _log_chance(logs: Floats, since: Floats, silence: float) -> Floats:
    """Return the log chance of an order between `since` and `silence` later, times since the first order.

    With a rate l and a chance p of leaving, exp(-l p s) are there at s, and 1 - exp(-l w) of them order within w. The
    mean over the rates is a power each, and over the chances a hypergeometric function after Pfaff (DLMF 15.8.1).
    """
    r, alpha, a, b = np.exp(logs)
    r, alpha = min(r, SHARPEST_RATE), alpha * min(1.0, SHARPEST_RATE / r)

    def silent(from_then: float) -> Floats:
        z = since / from_then
        mean: Floats = (1 + z) ** -r * hyp2f1(r, b, a + b, z / (1 + z)) * (alpha / from_then) ** r
        return mean

    chance: Floats = np.log(np.maximum(silent(alpha) - silent(alpha + silence), np.finfo(np.float64).tiny))
    return chance
