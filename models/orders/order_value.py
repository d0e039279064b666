"""What a customer's days with an order are worth: their own mean, pooled with the shop's the more the fewer they are.

Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value. A day is worth Gamma(p, nu), and a customer's nu is
Gamma(q, gamma) over the shop. Times the expected orders of `btyd`, it is the money to expect over any horizon.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from features.matrix import FeatureMatrix
from models.columns import columns
from models.link import Floats

READ = ("order_days_lifetime", "revenue_lifetime")

LEAST_CUSTOMERS, LEAST_REPEATERS = 50, 20  # under that, three numbers say nothing of a shop
START = (1.0, 0.5, 1.0)  # logarithms of p, q - 1 and gamma, money in units of the median day
FURTHEST, SPREAD = 9.0, 3.0  # bounds of the logarithms, and a normal prior's spread, which keep them finite
STEEPEST = 1e-4  # per customer; a slope under this is a summit


@dataclass(frozen=True)
class OrderValue:
    """Gamma-Gamma's three numbers; `gamma` is money, and q is above 1, so that the mean of all customers is finite."""

    p: float
    q: float
    gamma: float

    def expected(self, matrix: FeatureMatrix) -> Floats:
        """Return the money to expect of a day with an order, of shape (n,); the shop's mean for who never ordered.

        A customer whose orders sum to nothing or less counts as having spent nothing.
        """
        days, worth = np.nan_to_num(columns(matrix, READ)).T
        expected: Floats = self.p * (self.gamma + np.maximum(worth, 0)) / (self.p * days + self.q - 1)
        return expected

    def as_dict(self) -> dict[str, float]:
        """Return the three numbers by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, float]) -> "OrderValue":
        """Return what `as_dict` described."""
        return cls(**told)


def fit_order_value(matrix: FeatureMatrix) -> OrderValue | None:
    """Fit Gamma-Gamma to the customers of one cut-off whose orders were worth something.

    None for too few of them, or too few with a second day, without the columns in `READ`, and without a best fit.
    """
    days, worth = columns(matrix, READ).T
    known = (days >= 1) & (worth > 0)
    if known.sum() < LEAST_CUSTOMERS or (days[known] > 1).sum() < LEAST_REPEATERS:
        return None
    unit = float(np.median(worth[known] / days[known]))
    return _maximised(days[known], worth[known] / unit, unit)


def _maximised(days: Floats, worth: Floats, unit: float) -> OrderValue | None:
    bounds, options = [(-FURTHEST, FURTHEST)] * len(START), {"ftol": 1e-12, "gtol": STEEPEST / 100}
    found = minimize(_cost, START, args=(days, worth), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    # Where every order is worth the same, the summit lies at a bound, and is as good as any.
    if not np.isfinite(found.fun) or not (found.success or np.abs(found.jac).max() < STEEPEST):
        return None
    p, above_one, gamma = np.exp(found.x).tolist()
    return OrderValue(p, 1 + above_one, gamma * unit)


def _cost(logs: Floats, days: Floats, worth: Floats) -> tuple[float, Floats]:
    """Return minus the mean log likelihood (equation 1a for a mean of `days` values) and the prior's, and its slope."""
    p, above_one, gamma = np.exp(logs)
    q = 1 + above_one
    shape, total = p * days, np.log(gamma + worth)
    likelihood = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
    likelihood += shape * np.log(worth) - (shape + q) * total
    slopes = np.array([
        (days * (psi(shape + q) - psi(shape) + np.log(worth) - total)).mean(),
        (psi(shape + q) - psi(q) + np.log(gamma) - total).mean(),
        (q / gamma - (shape + q) / (gamma + worth)).mean(),
    ])  # fmt: skip
    prior = 1 / (SPREAD**2 * len(days))
    cost = -likelihood.mean() + prior * (logs**2).sum() / 2
    return float(cost), -slopes * np.exp(logs) + prior * logs
