"""Who the simulated shop's customers are: planted groups and the hidden traits of each customer.

The process is that of buy-till-you-die models (Fader, Hardie and Lee, "Counting Your Customers the Easy Way", 2005:
Gamma rates, Beta attrition after an order), in which groups differ in cadence, season, loyalty and how they leave.
"""

from dataclasses import dataclass, fields

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar, Rhythm, rhythm
from pipeline.shop.products import CATEGORIES


@dataclass(frozen=True)
class Group:
    """A kind of customer, in distributions.

    `gap_days` is the typical time between orders and `rate_shape` the Gamma shape of the rates around it; `steadiness`
    the Gamma shape of a customer's own gaps (1 is a Poisson process, 10 nearly a clock) and `stretch` how much longer
    each gap is than the one before; `leaving` the Beta parameters of the probability of leaving after an order.
    """

    name: str
    share: float
    gap_days: float
    rate_shape: float
    steadiness: float
    stretch: float
    leaving: tuple[float, float]
    lifetime_days: float
    christmas: float
    loyalty: float
    returning: float
    tastes: tuple[str, ...]


GROUPS = (
    Group("occasional", 0.42, 95, 2.0, 1.0, 1.0, (0.6, 9.0), np.inf, 1.6, 0.15, 1.0, ()),
    Group("replenishing", 0.20, 60, 3.0, 9.0, 1.0, (1.0, 14.0), np.inf, 0.3, 0.75, 0.4, ("coffee", "pet food")),
    Group("gift giving", 0.12, 130, 4.0, 1.0, 1.0, (1.0, 12.0), np.inf, 90.0, 0.05, 1.2, ("toys", "home")),
    Group("one-time", 0.12, 90, 2.0, 1.0, 1.0, (30.0, 1.0), np.inf, 1.6, 0.0, 1.5, ("clothing",)),
    Group("lapsing", 0.14, 22, 4.0, 2.5, 1.25, (1.0, 20.0), 260.0, 1.2, 0.3, 1.8, ("clothing", "shoes")),
)


@dataclass(frozen=True)
class Population:
    """The hidden traits of n customers, each of shape (n,) but `tastes`, of shape (n, categories), which sums to one.

    `joined` is in days since the calendar's origin, `lifetime` in days after it; `budget` is a standard normal score.
    """

    group: Ints
    joined: Floats
    gap_days: Floats
    steadiness: Floats
    stretch: Floats
    leaving: Floats
    lifetime: Floats
    budget: Floats
    lines: Floats
    loyalty: Floats
    returning: Floats
    openness: Floats
    tastes: Floats

    def __len__(self) -> int:
        return len(self.group)

    def where(self, mask: Truths) -> "Population":
        """Return the customers for which `mask`, of shape (n,), is true."""
        return Population(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def rhythms(calendar: Calendar) -> tuple[Rhythm, ...]:
    """Return the rhythm of each group, in their order."""
    return tuple(rhythm(calendar, group.christmas) for group in GROUPS)


def draw_population(rng: np.random.Generator, calendar: Calendar, customers: int) -> Population:
    """Draw customers who join from the run-up to the end of the calendar."""
    group = rng.choice(len(GROUPS), customers, p=[each.share for each in GROUPS])
    beta = np.array([each.leaving for each in GROUPS])[group]
    shape = _trait("rate_shape", group)
    return Population(
        group=group,
        joined=_joined(rng, calendar, group),
        gap_days=np.clip(_trait("gap_days", group) * shape / rng.gamma(shape), 6, 2000),
        steadiness=_trait("steadiness", group),
        stretch=_trait("stretch", group),
        leaving=rng.beta(beta[:, 0], beta[:, 1]),
        lifetime=rng.standard_exponential(customers) * _trait("lifetime_days", group),
        budget=rng.standard_normal(customers),
        lines=rng.gamma(2.0, 0.6, customers),
        loyalty=_trait("loyalty", group),
        returning=rng.gamma(2.0, 0.5, customers) * _trait("returning", group),
        openness=rng.beta(2.0, 4.0, customers),
        tastes=_tastes(rng, group),
    )


def _trait(name: str, group: Ints) -> Floats:
    return np.array([getattr(each, name) for each in GROUPS], np.float64)[group]


def _joined(rng: np.random.Generator, calendar: Calendar, group: Ints) -> Floats:
    """Draw when customers join, in the rhythm of their group: gift givers come before Christmas."""
    quantile = rng.random(len(group))
    joined = np.empty(len(group))
    for code, own_clock in enumerate(rhythms(calendar)):
        mine = group == code
        joined[mine] = own_clock.calendar(quantile[mine] * own_clock.own(np.array([calendar.end_days])))
    return joined


def _tastes(rng: np.random.Generator, group: Ints) -> Floats:
    """Draw a Dirichlet share of each category, with more weight on those that the group is fond of."""
    fond = np.array([[category in each.tastes for category in CATEGORIES] for each in GROUPS])
    weight = rng.gamma(np.where(fond, 2.0, 0.4)[group])
    shares: Floats = weight / weight.sum(axis=1, keepdims=True)
    return shares
