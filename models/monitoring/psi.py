"""The population stability index: how far shares by bin have moved, and how far chance alone moves them.

With shares e and a of the bins, PSI is the sum of (a - e) ln(a / e), the symmetrised divergence of Kullback and
Leibler (N. Siddiqi, Credit Risk Scorecards, 2006, chapter 8). Its rule of thumb, .1 for "some" and .25 for "much",
knows nothing of how many customers there are: where nothing changed, PSI is near (1/n + 1/m) times a chi-squared
variable with one degree of freedom less than bins (B. Yurdakul, Statistical Properties of Population Stability Index,
dissertation, Western Michigan University, 2018).
"""

import numpy as np
from scipy import stats

from models.link import Floats

HALF = 0.5  # of a customer in every bin, so that an empty one has a logarithm


def psi(expected: Floats, actual: Floats) -> float:
    """Return the index of two counts of customers by bin, each of shape (bins,); 0 where there is nobody to compare."""
    if not expected.sum() or not actual.sum():
        return 0.0
    before, now = _shares(expected), _shares(actual)
    return float(np.sum((now - before) * np.log(now / before)))


def by_chance(expected: Floats, actual: Floats, *, once_in: float) -> float:
    """Return what the index exceeds by chance alone only once in so many times, given counts by bin as in `psi`.

    Customers of both are taken for drawn anew. Most are the same people, who differ less: it is an upper bound.
    """
    n, m, bins = expected.sum(), actual.sum(), np.count_nonzero(expected + actual)
    if not n or not m or bins < 2:  # noqa: PLR2004 - one bin cannot differ
        return 0.0
    return float((1 / n + 1 / m) * stats.chi2.isf(1 / once_in, bins - 1))


def _shares(counts: Floats) -> Floats:
    return np.asarray((counts + HALF) / (counts.sum() + HALF * len(counts)))
