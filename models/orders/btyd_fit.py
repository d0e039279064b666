"""The maximum likelihood of BG/NBD: at which rates and with which chances of leaving customers ordered as they did.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24(2). Only equation 6 is maximised here; what follows from it is in `models.orders.btyd`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, gammaln, psi

from models.link import Floats
from models.orders.btyd_seen import log_chance_and_slopes

LEAST_CUSTOMERS, LEAST_REPEATERS = 50, 20  # under that, four numbers say nothing of a shop
STEP_DAYS = 0.25  # times are told apart this finely for the fit, so that equal histories are computed once
SPREAD = 3.0  # of a normal prior on each logarithm: one observation's worth, which keeps a flat ridge finite
FURTHEST = 9.0  # a logarithm this far from where it started is no estimate
STARTS = ((0.0, 0.0, 0.0, 1.0), (-1.0, -1.0, -0.5, 0.5), (1.0, 1.0, -1.5, 1.5))  # log of r, alpha, a and b
STEEPEST = 1e-4  # per customer; a slope under this is a summit


@dataclass(frozen=True)
class Histories:
    """What is known of customers' order days at a moment, each of shape (n,); NaN for who never ordered.

    `repeats` (the paper's x) counts days with an order after the first, `last` (t_x) is the days from the first order
    to the last, 0 without a repeat, and `age` (T) the days from the first order to the moment.
    """

    repeats: Floats
    last: Floats
    age: Floats

    def where(self, rows: npt.NDArray[np.bool_]) -> "Histories":
        """Return those of the marked customers."""
        return Histories(self.repeats[rows], self.last[rows], self.age[rows])

    def counted(self) -> tuple["Histories", Floats]:
        """Return the different histories of those who ordered, in steps of a quarter day, and how often each occurs."""
        rows = np.column_stack([self.repeats, self.last / STEP_DAYS, self.age / STEP_DAYS])
        known = np.rint(rows[np.isfinite(rows).all(axis=1)]).astype(np.int64)
        known[:, 1] = np.minimum(known[:, 1], known[:, 2])
        distinct, times = _distinct(known)
        repeats, last, age = distinct.T.astype(np.float64)
        return Histories(repeats, last * STEP_DAYS, age * STEP_DAYS), times.astype(np.float64)


def maximise(histories: Histories) -> tuple[float, float, float, float] | None:
    """Return r, alpha (in days), a and b; None for too few customers or repeat orders, or without a summit.

    Where some are older than the longest silence among them, only those with an order so recent were asked for, and
    each history counts given that. Time is counted in units in which customers order about once, so that the starts
    suit every shop.
    """
    seen, times = histories.counted()
    repeating = seen.repeats > 0
    if times.sum() < LEAST_CUSTOMERS or times[repeating].sum() < LEAST_REPEATERS:
        return None
    unit = (times @ seen.age) / (times @ seen.repeats)
    scaled = Histories(seen.repeats, seen.last / unit, seen.age / unit)
    found = [_climb(np.array(start), scaled, times / times.sum(), 1 / times.sum()) for start in STARTS]
    summits = [summit for summit in found if summit is not None]
    if not summits:
        return None
    r, alpha, a, b = np.exp(min(summits, key=lambda summit: summit[1])[0])
    return float(r), float(alpha * unit), float(a), float(b)


def _climb(start: Floats, histories: Histories, weights: Floats, prior: float) -> tuple[Floats, float] | None:
    """Return the logarithms at the nearest summit, and how far below zero it is; None where there is none."""
    bounds = [(-FURTHEST, FURTHEST)] * len(start)
    silence = float((histories.age - histories.last).max())
    options = {"maxiter": 500, "ftol": 1e-12, "gtol": STEEPEST / 100}
    found = minimize(
        _cost,
        start,
        args=(histories, weights, prior, silence),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options=options,
    )
    at_summit = np.isfinite(found.fun) and np.abs(found.jac).max() < STEEPEST and np.abs(found.x).max() < FURTHEST
    return (found.x, float(found.fun)) if at_summit else None


def _cost(logs: Floats, histories: Histories, weights: Floats, prior: float, silence: float) -> tuple[float, Floats]:
    """Return minus the mean log likelihood, given that all are seen, and the prior's; and their slope in each log."""
    likelihood, slopes = log_likelihood(np.exp(logs), histories)
    seen, seen_slopes = log_chance_and_slopes(logs, histories.age, silence)
    # Sums of products, and no `@`: its threads wait for one another for longer than they work.
    cost = -(weights * (likelihood - seen)).sum() + prior * (logs**2).sum() / (2 * SPREAD**2)
    slope = -(slopes * weights).sum(axis=1) * np.exp(logs) + (seen_slopes * weights).sum(axis=1)
    slope += prior * logs / SPREAD**2
    return float(cost), slope


def log_likelihood(parameters: Floats, histories: Histories) -> tuple[Floats, Floats]:
    """Return the logarithm of equation 6 of shape (n,), and its slope in r, alpha, a and b of shape (4, n)."""
    r, alpha, a, b = parameters
    x, place = np.unique(histories.repeats, return_inverse=True)  # few are different, and gammas are slow
    to_age, to_last = np.log(alpha + histories.age), np.log(alpha + histories.last)
    orders = r + histories.repeats
    others = b + np.maximum(histories.repeats, 1) - 1
    odds = np.where(histories.repeats > 0, np.log(a / others) + orders * (to_age - to_last), -np.inf)
    left = expit(odds)
    counts = gammaln(r + x) - gammaln(r) + gammaln(b + x) - gammaln(a + b + x) + gammaln(a + b) - gammaln(b)
    still_there = counts[place] + r * np.log(alpha) - orders * to_age
    log_sum = still_there + np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds)))
    together = psi(a + b) - psi(a + b + x)
    slopes = np.stack([
        (psi(r + x) - psi(r))[place] + np.log(alpha) - to_age + left * (to_age - to_last),
        r / alpha - orders * ((1 - left) / (alpha + histories.age) + left / (alpha + histories.last)),
        together[place] + left / a,
        (together + psi(b + x) - psi(b))[place] - left / others,
    ])  # fmt: skip
    return log_sum, slopes


def _distinct(rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the different rows and how often each occurs, as `np.unique` of rows does at many times the cost."""
    rows = rows[np.lexsort(rows.T)]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return rows[starts], np.diff(np.append(starts, len(rows)))
