"""How sure the mean of what came of some customers is, and the difference of two such means."""

import numpy as np
from scipy.stats import norm, t

from models.judging.bootstrap import Difference, Interval
from models.link import Floats

LEAST = 20
"""Of fewer customers, no interval is told: it would say more than so few can."""
TAIL = 0.025


def mean_interval(values: Floats, *, shares: bool) -> Interval | None:
    """Return the 95 % interval of the mean of values of shape (n,), None of fewer than `LEAST`.

    With `shares`, of values 0 and 1, Wilson's score interval (1927), which stays within 0 and 1 and has a width even
    where all are the same. Otherwise Student's.
    """
    if len(values) < LEAST:
        return None
    count, mean = len(values), float(values.mean())
    if not shares:
        half = float(t.isf(TAIL, count - 1) * values.std(ddof=1) / np.sqrt(count))
        return Interval(mean - half, mean + half)
    square = float(norm.isf(TAIL)) ** 2
    middle = (mean + square / (2 * count)) / (1 + square / count)
    half = np.sqrt(square * (mean * (1 - mean) / count + square / (4 * count**2))) / (1 + square / count)
    return Interval(float(middle - half), float(middle + half))


def mean_difference(one: Floats, other: Floats, *, shares: bool) -> Difference | None:
    """Return the mean of one less the mean of the other, with its 95 % interval; None where either has none.

    Newcombe (1998), method 10, and for amounts Zou and Donner (2008), equation 4: from the intervals of both.
    """
    first, second = mean_interval(one, shares=shares), mean_interval(other, shares=shares)
    if first is None or second is None:
        return None
    means = float(one.mean()), float(other.mean())
    below = np.hypot(means[0] - first.low, second.high - means[1])
    above = np.hypot(first.high - means[0], means[1] - second.low)
    found = means[0] - means[1]
    return Difference(found, float(found - below), float(found + above))
