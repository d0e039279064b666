"""How many orders a shop's customers have ahead of them, over any horizon: BG/NBD, fitted to one moment.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24(2); equations are this paper's. Customers order at rates of their own, and may leave after each repeat order.
As there, nobody leaves after the first order, so that rank customers by expected orders and never by being there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import expit, hyp2f1

from features.matrix import FeatureMatrix
from models.columns import columns
from models.link import Floats
from models.orders.btyd_fit import Histories, maximise

READ = ("order_days_lifetime", "days_since_first_order", "days_since_last_order")

NEAREST_TO_A_POLE = 1e-6  # the difference of two numbers this close keeps about ten of sixteen digits
SERIES_TERMS = 300  # for a hundred orders and more, where they are needed, what is left out is below 1e-12


@dataclass(frozen=True)
class Btyd:
    """BG/NBD: a customer orders at a rate of Gamma(r, alpha) a day, and leaves after a repeat with chance Beta(a, b).

    What it says of customers has the shape (n,) and is NaN for who never ordered. An order is a day with an order.
    """

    r: float
    alpha_days: float
    a: float
    b: float

    def expected_orders(self, matrix: FeatureMatrix, horizon_days: float) -> Floats:
        """Return the expected days with an order within `horizon_days` (equation 10).

        The hypergeometric function is taken after Euler's transformation (DLMF 15.8.1), where two of its arguments do
        not grow with the orders: as printed it fails from some hundred of them on.
        """
        seen = histories(matrix)
        a, b = _off_the_poles(self.a, self.b)
        left = self.alpha_days + seen.age
        survivors = a + b + seen.repeats - 1
        z = horizon_days / (left + horizon_days)
        remains = (1 - z) ** (a - 1) * _hypergeometric(a + b - 1 - self.r, a - 1, survivors, z)
        return self._alive(seen) * survivors / (a - 1) * (1 - remains)

    def chance_of_any(self, matrix: FeatureMatrix, horizon_days: float) -> Floats:
        """Return the probability of at least one order within `horizon_days`.

        From equation 3: the rate of a customer who is still there is Gamma(r + x, alpha + T) whatever the chance of
        leaving, which cannot precede the next order. Exact, and not an approximation.
        """
        seen = histories(matrix)
        some_if_there = -np.expm1(-(self.r + seen.repeats) * np.log1p(horizon_days / (self.alpha_days + seen.age)))
        return self._alive(seen) * some_if_there

    def alive(self, matrix: FeatureMatrix) -> Floats:
        """Return the probability that a customer has not left; 1 for every customer who ordered once."""
        return self._alive(histories(matrix))

    def as_dict(self) -> dict[str, float]:
        """Return the four numbers by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, float]) -> "Btyd":
        """Return what `as_dict` described."""
        return cls(**told)

    def _alive(self, seen: Histories) -> Floats:
        """Return it as Fader, Hardie and Lee (2008), Computing P(alive) Using the BG/NBD Model, in logarithms."""
        repeats = np.maximum(seen.repeats, 1)
        silence = np.log((self.alpha_days + seen.age) / (self.alpha_days + seen.last))
        odds_of_having_left = np.log(self.a / (self.b + repeats - 1)) + (self.r + repeats) * silence
        alive: Floats = expit(-np.where(seen.repeats == 0, -np.inf, odds_of_having_left))
        return alive


def fit_btyd(matrix: FeatureMatrix) -> Btyd | None:
    """Fit BG/NBD to the customers of one cut-off, those who never ordered left out; None where that cannot be done.

    It cannot for too few customers or repeat orders, without the columns in `READ`, and without a best fit. The rows
    may be everybody who ever ordered, or all of those with an order in some last days, such as the last 365.
    """
    found = maximise(histories(matrix))
    return None if found is None else Btyd(*found)


def histories(matrix: FeatureMatrix) -> Histories:
    """Return the order histories that the columns in `READ` tell of, NaN for who never ordered."""
    days, first, last = columns(matrix, READ).T
    repeats = np.where((days >= 1) & (first >= 0), days - 1, np.nan)
    return Histories(repeats, np.where(repeats == 0, 0.0, first - last), first)


def _off_the_poles(a: float, b: float) -> tuple[float, float]:
    """Return a and b a hair off a = 1 and a + b = 1, where the closed form divides zero by zero."""
    if abs(a - 1) < NEAREST_TO_A_POLE:
        a = 1 + NEAREST_TO_A_POLE
    if abs(a + b - 1) < NEAREST_TO_A_POLE:
        b += 2 * NEAREST_TO_A_POLE
    return a, b


def _hypergeometric(first: float, second: float, third: Floats, z: Floats) -> Floats:
    """Return 2F1, by its series where SciPy overflows: r - a whole, x a hundred, z above 0.9. It is short there."""
    value: Floats = np.asarray(hyp2f1(first, second, third, z))
    lost = ~np.isfinite(value) & np.isfinite(third)
    if lost.any():
        n = np.arange(SERIES_TERMS)
        grows = (first + n) * (second + n) / ((third[lost, np.newaxis] + n) * (n + 1)) * z[lost, np.newaxis]
        value[lost] = 1 + grows.cumprod(axis=1).sum(axis=1)
    return value
