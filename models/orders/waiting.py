"""How long customers wait before they order again, if they do: gaps of a rhythm of their own, until they leave.

A customer's gaps are Gamma(p, nu) and their nu is Gamma(q, gamma) over the shop, so that few gaps of one's own are
pooled with everybody's (as Fader and Hardie 2013 pool what orders are worth). After each order, the first included, a
customer may leave, with a chance that is Beta(a, b) over the shop: MBG/CNBD-k of Reutterer, Platzer and Schröder
(2021), International Journal of Research in Marketing 38(1), for any p. p = 1 is ordering at random, more is rhythm.

It is fitted to the waits that came after past moments, those that had not ended counted as lasting at least so long.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincc, betainccinv, betaln

from models.link import Floats
from models.orders.btyd_fit import Histories

LEAST_WAITS = 100  # that ended; under that, five numbers say nothing of a shop
MOST_ROWS = 2000  # enough for five numbers; a beta function of each row is slow
START = (0.0, 0.0, 0.0, -1.0, 1.0)  # logarithms of p, q, gamma, a and b
FURTHEST, SPREAD = 8.0, 3.0  # bounds of the logarithms, and a normal prior's spread, which keep them finite
LEAST_GAIN = 1e-7  # in mean log likelihood, relative; with less to gain the search ends
STEP = 1e-6  # of a logarithm, for slopes
LATEST = 1 - 1e-12  # of the beta law's places, of which the last is an endless wait
SHORTEST = 1e-3  # silence, in days or the fit's unit of time; none at all has no density where p is below 1


@dataclass(frozen=True)
class Waiting:
    """The five numbers of one kind of customers, `gamma_days` in days; what it says of customers has the shape (n,)."""

    p: float
    q: float
    gamma_days: float
    a: float
    b: float

    def chance_within(self, seen: Histories, days: float) -> Floats:
        """Return the probability of an order within so many days from now."""
        now, then = self._lasting(seen, 0.0), self._lasting(seen, days)
        return (now - then) / (self._left(seen) + now)

    def wait_days(self, seen: Histories, share: float, days: float) -> Floats:
        """Return the days from now within which `share` of those order who do within `days`."""
        now, then = self._lasting(seen, 0.0), self._lasting(seen, days)
        shape, scale = self._pooled(seen)
        place = np.minimum(betainccinv(self.p, shape, now - share * (now - then)), LATEST)
        wait: Floats = np.clip(scale * place / (1 - place) - (seen.age - seen.last), 0, days)
        return wait

    def log_likelihood(self, seen: Histories, wait_days: Floats, followed_days: Floats) -> tuple[Floats, Floats]:
        """Return the log density of each wait, of shape (n,), and its slope in gamma, a and b, of shape (3, n).

        Of a wait that is NaN, as it had not ended when nobody looked any more, it is the log chance of that.
        """
        came, silence = np.isfinite(wait_days), np.maximum(seen.age - seen.last, SHORTEST)
        gap = silence + np.where(came, wait_days, followed_days)
        (shape, scale), left = self._pooled(seen), self._left(seen)
        density = self._log_density(seen, gap)
        here = left + betaincc(self.p, shape, silence / (silence + scale))
        there = left[~came] + betaincc(self.p, shape[~came], (gap / (gap + scale))[~came])
        told, by_left = density.copy(), np.zeros(len(gap))
        told[~came], by_left[~came] = np.log(there), 1 / there
        by_scale = shape / scale - (self.p + shape) / (gap + scale)
        by_scale[~came] = (np.exp(density) * gap / scale)[~came] / there
        by_scale -= np.exp(self._log_density(seen, silence)) * silence / scale / here
        by_left -= 1 / here
        by_odds = np.stack([by_scale, by_left * left / self.a, -by_left * left / (self.b + seen.repeats)])
        return told - np.log(here), by_odds

    def _log_density(self, seen: Histories, gap: Floats) -> Floats:
        """Return the log density of a gap of one who stayed."""
        shape, scale = self._pooled(seen)
        powers = (self.p - 1) * np.log(gap) + shape * np.log(scale) - (self.p + shape) * np.log(gap + scale)
        density: Floats = powers - betaln(self.p, shape)
        return density

    def _lasting(self, seen: Histories, days: Floats | float) -> Floats:
        """Return the chance that a gap of one who stayed lasts until so many days from now; its law is a beta prime."""
        shape, scale = self._pooled(seen)
        gap = seen.age - seen.last + days
        lasting: Floats = betaincc(self.p, shape, gap / (gap + scale))
        return lasting

    def _pooled(self, seen: Histories) -> tuple[Floats, Floats]:
        return self.q + self.p * seen.repeats, self.gamma_days + seen.last

    def _left(self, seen: Histories) -> Floats:
        """Return the odds, right after the last order, that the customer left with it."""
        return self.a / (self.b + seen.repeats)


def fit_waiting(seen: Histories, wait_days: Floats, followed_days: Floats) -> Waiting | None:
    """Fit to waits in days from past moments, each of shape (n,): NaN where none had ended `followed_days` later.

    None for too few waits that ended, and without a best fit. Of many rows, some at even steps are read.
    """
    if np.isfinite(wait_days).sum() < LEAST_WAITS:
        return None
    some = np.unique(np.linspace(0, len(wait_days) - 1, MOST_ROWS).astype(np.int64))
    unit = float(np.nanmedian(wait_days)) or 1.0
    known = Histories(seen.repeats[some], seen.last[some] / unit, seen.age[some] / unit)
    waits = (known, wait_days[some] / unit, followed_days[some] / unit)
    bounds, options = [(-FURTHEST, FURTHEST)] * len(START), {"ftol": LEAST_GAIN}
    found = minimize(_cost, START, args=waits, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    if not (found.success and np.isfinite(found.fun)):
        return None
    p, q, gamma, a, b = np.exp(found.x).tolist()
    return Waiting(p, q, gamma * unit, a, b)


def _cost(logs: Floats, seen: Histories, waits: Floats, followed: Floats) -> tuple[float, Floats]:
    """Return minus the mean log likelihood and the prior's, and their slope in each logarithm.

    The slopes in p and q have no closed form.
    """
    here = Waiting(*np.exp(logs))
    likelihood, slopes = here.log_likelihood(seen, waits, followed)
    known = slopes.mean(axis=1) * (here.gamma_days, here.a, here.b)
    steps = (Waiting(*np.exp(logs + step)) for step in np.eye(len(logs))[:2] * STEP)
    rises = [(near.log_likelihood(seen, waits, followed)[0].mean() - likelihood.mean()) / STEP for near in steps]
    cost = -likelihood.mean() + (logs**2).sum() / (2 * SPREAD**2 * len(waits))
    return float(cost), -np.append(rises, known) + logs / (SPREAD**2 * len(waits))
