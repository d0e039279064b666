"""Who the simulated shop's customers are: planted groups and the hidden traits of each customer.

The process is that of buy-till-you-die models (Fader, Hardie and Lee, "Counting Your Customers the Easy Way", 2005:
Gamma rates, Beta attrition after an order), in which groups differ in cadence, season, loyalty and how they leave.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar, rhythm
from pipeline.shop.products import CATEGORIES

DEVICES, DEVICE_SHARES = ("desktop", "mobile", "tablet"), (0.42, 0.5, 0.08)
SOURCES, SOURCE_SHARES = ("google", "direct", "ads", "social", "newsletter"), (0.42, 0.25, 0.18, 0.14, 0.01)
COUNTRIES, COUNTRY_SHARES = ("DE", "AT", "NL", "FR", "IT"), (0.5, 0.15, 0.15, 0.12, 0.08)
REACHABLE_SHARE, APP_SHARE, SHARED_DEVICE_SHARE = 0.988, 0.35, 0.015
THRIFT = 1.2  # how much lower, in scores, the most price-sensitive choose than the least
RESPONSE, NUISANCE = 8.0, 0.1  # what an offer does to those who read and count, and to those who would be left alone


@dataclass(frozen=True)
class Group:
    """A kind of customer, in distributions.

    `gap_days` is the typical time between orders and `rate_shape` the Gamma shape of the rates around it; `steadiness`
    the Gamma shape of a customer's own gaps (1 is a Poisson process, 10 nearly a clock); `fade_days` the time in which
    interest falls to 1/e; `leaving` the Beta parameters of the probability of leaving after an order.
    """

    name: str
    share: float
    gap_days: float
    rate_shape: float
    steadiness: float
    fade_days: float
    leaving: tuple[float, float]
    christmas: float
    loyalty: float
    returning: float
    tastes: tuple[str, ...]


GROUPS = (
    Group("occasional", 0.42, 95, 2.0, 1.0, np.inf, (0.6, 9.0), 1.6, 0.15, 1.0, ()),
    Group("replenishing", 0.20, 60, 3.0, 9.0, np.inf, (1.0, 14.0), 0.3, 0.75, 0.4, ("coffee", "pet food")),
    Group("gift giving", 0.12, 130, 4.0, 1.0, np.inf, (1.0, 12.0), 90.0, 0.05, 1.2, ("toys", "home")),
    Group("one-time", 0.12, 90, 2.0, 1.0, np.inf, (30.0, 1.0), 1.6, 0.0, 1.5, ("clothing",)),
    Group("lapsing", 0.14, 22, 4.0, 2.5, 150, (1.0, 14.0), 1.2, 0.3, 1.8, ("clothing", "shoes")),
)


@dataclass(frozen=True)
class Population:
    """The hidden traits of n customers, each of shape (n,) but `tastes`, of shape (n, categories), which sums to one.

    `number` counts all customers of the shop from zero; `joined` is in days since the calendar's origin; `budget` is a
    standard normal score, lowered by `sensitivity` to prices; `dependence` is the share of a customer's orders that
    wait for a sale, `appetite` the probability of opening a first mail, `browsing` the visits without an order for
    every order; `response` says by how much an offer quickens the clock (see clock.py). `device`, `source` and
    `country` are positions in the tuples above.
    """

    number: Ints
    group: Ints
    joined: Floats
    gap_days: Floats
    steadiness: Floats
    leaving: Floats
    budget: Floats
    lines: Floats
    loyalty: Floats
    returning: Floats
    tastes: Floats
    dependence: Floats
    sensitivity: Floats
    appetite: Floats
    response: Floats
    reachable: Truths
    browsing: Floats
    device: Ints
    has_app: Truths
    shares_device: Truths
    source: Ints
    country: Ints

    def __len__(self) -> int:
        return len(self.group)


def draw_population(rng: np.random.Generator, calendar: Calendar, customers: int, first: int = 0) -> Population:
    """Draw customers, numbered from `first`, who join from the run-up to the end of the calendar."""
    group = rng.choice(len(GROUPS), customers, p=[each.share for each in GROUPS])
    beta = np.array([each.leaving for each in GROUPS])[group]
    shape = trait("rate_shape", group)
    dependence = 0.9 * rng.beta(0.7, 1.9, customers)
    sensitivity = 0.5 * dependence + 0.5 * rng.beta(1.5, 2.5, customers)
    appetite = rng.beta(2.0, 4.0, customers)
    reachable = rng.random(customers) < REACHABLE_SHARE
    return Population(
        number=first + np.arange(customers),
        group=group,
        joined=_joined(rng, calendar, group),
        gap_days=np.clip(trait("gap_days", group) * shape / rng.gamma(shape), 6, 2000),
        steadiness=trait("steadiness", group),
        leaving=rng.beta(beta[:, 0], beta[:, 1]),
        budget=rng.standard_normal(customers) - THRIFT * (sensitivity - 0.3),
        lines=rng.gamma(2.0, 0.55, customers),
        loyalty=trait("loyalty", group),
        returning=rng.gamma(2.0, 0.5, customers) * trait("returning", group),
        tastes=_tastes(rng, group),
        dependence=dependence,
        sensitivity=sensitivity,
        appetite=appetite,
        response=np.where(reachable, RESPONSE * appetite * sensitivity - NUISANCE, 0.0),
        reachable=reachable,
        browsing=rng.gamma(2.0, 0.4, customers),
        device=rng.choice(len(DEVICES), customers, p=DEVICE_SHARES),
        has_app=rng.random(customers) < APP_SHARE,
        shares_device=rng.random(customers) < SHARED_DEVICE_SHARE,
        source=rng.choice(len(SOURCES), customers, p=SOURCE_SHARES),
        country=rng.choice(len(COUNTRIES), customers, p=COUNTRY_SHARES),
    )


def trait(name: str, group: Ints) -> Floats:
    """Return what each customer's group has under a name."""
    return np.array([getattr(each, name) for each in GROUPS], np.float64)[group]


def _joined(rng: np.random.Generator, calendar: Calendar, group: Ints) -> Floats:
    """Draw when customers join, in the rhythm of their group: gift givers come before Christmas."""
    quantile = rng.random(len(group))
    joined = np.empty(len(group))
    for code, each in enumerate(GROUPS):
        pace, mine = rhythm(calendar, each.christmas), group == code
        joined[mine] = pace.calendar(quantile[mine] * pace.own(np.array([calendar.end_days])))
    return joined


def _tastes(rng: np.random.Generator, group: Ints) -> Floats:
    """Draw a Dirichlet share of each category, with more weight on those that the group is fond of."""
    fond = np.array([[category in each.tastes for category in CATEGORIES] for each in GROUPS])
    weight = rng.gamma(np.where(fond, 2.0, 0.4)[group])
    shares: Floats = weight / weight.sum(axis=1, keepdims=True)
    return shares
