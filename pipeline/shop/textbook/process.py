"""The textbook process itself: customers with a hidden state, and the orders that follow from it."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints
from pipeline.shop.calendar import DAY, SECOND
from pipeline.shop.textbook.parameters import Parameters, PurchaseParameters

SMALLEST_CHANCE = np.finfo(np.float64).tiny  # Beta draws fall to zero for small a, and of zero no wait is drawn


@dataclass(frozen=True)
class Hidden:
    """What no log tells of customers, each of shape (n,).

    `rate` is in orders a day until leaving, `leaving` the chance of leaving after each repeat order, `value` the mean
    worth of an order, and `stays` the number of repeat orders after the last of which the customer leaves.
    """

    rate: Floats
    leaving: Floats
    value: Floats
    stays: Ints


@dataclass(frozen=True)
class Chunk:
    """Some of the customers and every order of theirs.

    `joined` of shape (n,) is the instant of the first order in microseconds. Orders are in order of time, first ones
    included: the customer's position in the chunk, the instant in microseconds, the worth in cents; of shape (orders,).
    Customers and orders of all chunks before it are counted in `customers_before` and `orders_before`.
    """

    hidden: Hidden
    joined: Ints
    customer: Ints
    at: Ints
    cents: Ints
    customers_before: int
    orders_before: int


def draw_chunk(
    rng: np.random.Generator, parameters: Parameters, customers: int, span: tuple[int, int], before: tuple[int, int]
) -> Chunk:
    """Draw customers who join uniformly over `span`, [start, end) in microseconds, and their orders in it.

    `before` counts the customers and orders of earlier chunks.
    """
    start, end = span
    hidden = draw_hidden(rng, parameters, customers)
    joined = rng.random(customers) * ((end - start) / DAY)
    repeating, repeats = repeat_orders(rng, hidden, (end - start) / DAY - joined)
    customer = np.concatenate([np.arange(customers), repeating])
    at = start + _whole_seconds(np.concatenate([joined, joined[repeating] + repeats]), end - start)
    cents = _cents(rng, parameters, hidden.value[customer])
    order = np.argsort(at, kind="stable")
    return Chunk(hidden, at[:customers], customer[order], at[order], cents[order], *before)


def draw_hidden(rng: np.random.Generator, parameters: Parameters, customers: int) -> Hidden:
    """Draw the hidden state of new customers."""
    purchases, spend = parameters.purchases, parameters.spend
    rate = rng.gamma(purchases.r, 1 / purchases.alpha, customers)
    leaving = _chances(rng, purchases, customers)
    nu = rng.gamma(spend.q, 1 / spend.gamma, customers)
    return Hidden(rate, leaving, spend.p / nu, rng.geometric(leaving))


def repeat_orders(rng: np.random.Generator, hidden: Hidden, days: Floats) -> tuple[Ints, Floats]:
    """Draw whose repeat orders fall into each customer's `days` after the first order, and when, in days after it.

    Of the n orders of a Poisson process that never ends, which lie uniformly in the span, only those up to leaving
    are drawn: ordered uniform values are running sums of exponential ones over the sum of n + 1 of them, and the sum
    of those left out is one Gamma draw (Devroye 1986, Non-Uniform Random Variate Generation, V.2.1).
    """
    endless = rng.poisson(hidden.rate * days)
    placed = np.minimum(endless, hidden.stays)
    customer = np.repeat(np.arange(len(placed)), placed)
    gaps = rng.standard_exponential(len(customer))
    total = np.bincount(customer, gaps, len(placed)) + rng.standard_gamma(endless + 1 - placed)
    return customer, _running_sums(gaps, placed) / total[customer] * days[customer]


def _chances(rng: np.random.Generator, purchases: PurchaseParameters, customers: int) -> Floats:
    return np.maximum(rng.beta(purchases.a, purchases.b, customers), SMALLEST_CHANCE)


def _running_sums(gaps: Floats, lengths: Ints) -> Floats:
    """Return the running sum of gaps, begun anew for each customer."""
    sums = np.concatenate([[0.0], np.cumsum(gaps)])
    before_each: Floats = np.repeat(sums[np.cumsum(lengths) - lengths], lengths)
    return sums[1:] - before_each


def _whole_seconds(days: Floats, span: int) -> Ints:
    """Return days as microseconds on whole seconds, none of them rounded up to the end of the span."""
    return np.minimum((days * (DAY // SECOND)).astype(np.int64), (span - 1) // SECOND) * SECOND


def _cents(rng: np.random.Generator, parameters: Parameters, mean_value: Floats) -> Ints:
    """Draw the worth of orders: whole cents, at least one."""
    p = parameters.spend.p
    worth = rng.standard_gamma(p, len(mean_value)) * mean_value / p
    return np.maximum(np.rint(100 * worth).astype(np.int64), 1)
