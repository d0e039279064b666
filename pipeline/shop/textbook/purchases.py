"""What the orders of the past say of those to come: the closed forms of BG/NBD, given its parameters.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24(2); equations are this paper's. As there, a customer may leave after each repeat order but not after the
first, so that one who ordered once is certainly still there.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, hyp2f1, log_expit

from pipeline.shop.arrays import Floats
from pipeline.shop.textbook.parameters import PurchaseParameters

SERIES_TERMS = 300  # for 96 orders and more, where they are needed, the terms left out sum to less than 1e-12


@dataclass(frozen=True)
class Histories:
    """All that a log says of customers' orders at a moment, each of shape (n,), times in the parameters' unit.

    `repeats` (the paper's x) counts orders after the first, `last` (t_x) is the time from the first order to the last,
    0 without a repeat, and `age` (T) the time from the first order to the moment.
    """

    repeats: Floats
    last: Floats
    age: Floats


def log_likelihood(histories: Histories, parameters: PurchaseParameters) -> Floats:
    """Return the logarithm of equation 6, the likelihood of a random customer's history, of shape (n,)."""
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    rate = gammaln(r + histories.repeats) - gammaln(r) + r * np.log(alpha)
    survived = betaln(a, b + histories.repeats) - betaln(a, b)
    still_there = rate + survived - (r + histories.repeats) * np.log(alpha + histories.age)
    likelihood: Floats = still_there - log_expit(-_log_odds_of_having_left(histories, parameters))
    return likelihood


def alive_probability(histories: Histories, parameters: PurchaseParameters) -> Floats:
    """Return the probability that a customer has not left, of shape (n,).

    Fader, Hardie and Lee (2008), Computing P(alive) Using the BG/NBD Model; in logarithms, which do not overflow.
    """
    alive: Floats = expit(-_log_odds_of_having_left(histories, parameters))
    return alive


def no_order_probability(histories: Histories, parameters: PurchaseParameters, horizon: float) -> Floats:
    """Return the probability of no order in (T, T + horizon], of shape (n,).

    From equation 3: a customer who has not left has, whatever the chance of leaving, a rate of Gamma(r + x, alpha + T),
    and then no order with probability E[exp(-rate t)] = ((alpha + T) / (alpha + T + t))^(r + x); one who has left
    orders no more. No approximation: leaving only ever follows an order, so it cannot precede the next one.
    """
    shape, scale = parameters.r + histories.repeats, parameters.alpha + histories.age
    some_order_if_alive = -np.expm1(-shape * np.log1p(horizon / scale))
    return 1 - alive_probability(histories, parameters) * some_order_if_alive


def expected_orders(histories: Histories, parameters: PurchaseParameters, horizon: float) -> Floats:
    """Return the expected number of orders in (T, T + horizon], equation 10, of shape (n,).

    The hypergeometric function is taken after Euler's transformation (DLMF 15.8.1), where two of its arguments do not
    grow with x: as printed it fails from some hundred orders on. With x = t_x = T = 0 it is equation 9, E[X(t)].
    """
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    left = alpha + histories.age
    survivors = a + b + histories.repeats - 1
    z = horizon / (left + horizon)
    remains = (left / (left + horizon)) ** (a - 1) * _hypergeometric(a + b - 1 - r, a - 1, survivors, z)
    if_alive: Floats = survivors / (a - 1) * (1 - remains)
    return alive_probability(histories, parameters) * if_alive


def _hypergeometric(first: float, second: float, third: Floats, z: Floats) -> Floats:
    """Return 2F1, by its series where SciPy overflows: r - a whole, x a hundred, z above 0.9. It is short there."""
    value: Floats = hyp2f1(first, second, third, z)
    lost = ~np.isfinite(value)
    if lost.any():
        n = np.arange(SERIES_TERMS)
        grows = (first + n) * (second + n) / ((third[lost, np.newaxis] + n) * (n + 1)) * z[lost, np.newaxis]
        value[lost] = 1 + grows.cumprod(axis=1).sum(axis=1)
    return value


def _log_odds_of_having_left(histories: Histories, parameters: PurchaseParameters) -> Floats:
    """Return minus infinity for customers without a repeat order."""
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    repeats = np.maximum(histories.repeats, 1)
    silence = np.log((alpha + histories.age) / (alpha + histories.last))
    odds: Floats = np.log(a / (b + repeats - 1)) + (r + repeats) * silence
    return np.where(histories.repeats > 0, odds, -np.inf)
