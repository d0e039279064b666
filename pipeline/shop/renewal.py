"""The law of the next order and of the number of orders, on the own clock, by quadrature on an even grid.

A gap is Gamma(shape, scale), followed for a share of gaps by an exponential time of consideration (see orders.py).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from pipeline.shop.arrays import Floats, Truths

STEPS = 128
SMALLEST = 1e-300


@dataclass(frozen=True)
class Gaps:
    """The law of n customers' gaps in own days, each of shape (n,); `considered` is the share with a consideration."""

    shape: Floats
    scale: Floats
    considered: float
    lag: Floats


def order_within(gaps: Gaps, elapsed: Floats, considering: Truths, span: Floats, steps: int = STEPS) -> Floats:
    """Return the probability of an order within each j / steps of a span, of shape (n, steps + 1).

    `elapsed` is the own time since the last order, of those who are not considering; it means nothing for the others.
    """
    at = np.linspace(0, 1, steps + 1) * span[:, np.newaxis]
    waiting = _within(gaps, elapsed, at)
    deciding = -np.expm1(-at / gaps.lag[:, np.newaxis])
    return np.where(considering[:, np.newaxis], deciding, waiting)


def _within(gaps: Gaps, elapsed: Floats, at: Floats) -> Floats:
    """Return P(order by `at`) given no need until `elapsed`: the need has arisen and, if considered, been decided."""
    unneeded = gammaincc(gaps.shape[:, np.newaxis], (elapsed[:, np.newaxis] + at) / gaps.scale[:, np.newaxis])
    unneeded /= np.maximum(unneeded[:, :1], SMALLEST)
    step = np.maximum((at[:, 1] - at[:, 0]) / gaps.lag, 1e-12)
    stays, arrives = np.exp(-step), -np.expm1(-step) / step  # the need arises anywhere within a step alike
    undecided = np.zeros_like(at)
    for j in range(1, at.shape[1]):
        undecided[:, j] = undecided[:, j - 1] * stays + (unneeded[:, j - 1] - unneeded[:, j]) * arrives
    within: Floats = np.clip(1 - unneeded - gaps.considered * undecided, 0, 1)
    return within


def expected_orders(gaps: Gaps, first: Floats, staying: Floats, span: Floats) -> Floats:
    """Return the mean number of orders within each step of a span, of shape (n, steps + 1).

    `first` is what `order_within` gives and `staying` the probability of staying after an order. Solves the renewal
    equation M(t) = F1(t) + staying * integral of F(t - u) dM(u) by the midpoint rule for Stieltjes integrals (Xie,
    "On the solution of renewal-type integral equations", 1989).
    """
    steps = first.shape[1] - 1
    half = order_within(gaps, np.zeros(len(span)), np.zeros(len(span), bool), span, 2 * steps)[:, 1::2]
    growth = np.zeros((len(span), steps))
    mean = np.zeros((len(span), steps + 1))
    for j in range(steps):
        again = (growth[:, :j] * half[:, j:0:-1]).sum(axis=1)
        growth[:, j] = (first[:, j + 1] - mean[:, j] + staying * again) / (1 - staying * half[:, 0])
        mean[:, j + 1] = mean[:, j] + growth[:, j]
    return mean
