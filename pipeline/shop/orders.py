"""When customers order: a renewal process on each customer's own clock, until the customer has left.

A gap is a Gamma time until the need arises; for a share of needs a time of consideration follows, exponential, in which
the customer looks around. What a customer does before an order is thus part of the hidden state, never of the future.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.clock import Clock
from pipeline.shop.population import Population

AT_ONCE_SHARE = 0.85  # of customers, who order in the visit in which they sign up
VISIT_DAYS = 0.02
CONSIDERED_SHARE = 0.3  # of needs
CONSIDERED_GAPS = 0.06  # the mean time of consideration, in gaps of the customer


@dataclass(frozen=True)
class Orders:
    """Orders by customer and time: the day on which the need arose and the day of the order, of shape (orders,).

    Those of the run-up are among them, and the last of a customer may lie beyond the end if its need does not. `left`
    is the day on which each customer left, of shape (customers,), infinite while the customer is there.
    """

    customer: Ints
    need: Floats
    days: Floats
    left: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, mask: Truths) -> "Orders":
        """Return the orders for which `mask` is true."""
        return Orders(self.customer[mask], self.need[mask], self.days[mask], self.left)

    def latest(self, days: Floats, otherwise: Floats) -> Floats:
        """Return the day of each customer's last order until a day of their own, `otherwise` without one."""
        latest = otherwise.copy()
        past = self.days <= days[self.customer]
        np.maximum.at(latest, self.customer[past], self.days[past])
        return latest


def place_orders(rng: np.random.Generator, clock: Clock, people: Population, end: float) -> Orders:
    """Run every customer's process until the end, in days; one turn an order, all customers at once."""
    left = np.full(len(people), np.inf)
    who = np.arange(len(people))
    need, at, own = _first(rng, clock, people)
    turns = [(np.empty(0, np.int64), np.empty(0), np.empty(0))]
    while len(who):
        arose = need < end
        turns.append((who[arose], need[arose], at[arose]))
        ordered = arose & (at < end)
        leaves = ordered & (rng.random(len(who)) < people.leaving[who])
        left[who[leaves]] = at[leaves]
        who, own = who[ordered & ~leaves], own[ordered & ~leaves]
        need, at, own = _next(rng, clock, people, who, own)
    customer, need, at = (np.concatenate(columns) for columns in zip(*turns, strict=True))
    order = np.lexsort((at, customer))
    return Orders(customer[order], need[order], at[order], left)


def considered_days(people: Population) -> Floats:
    """Return the mean time of consideration in own days, of shape (customers,)."""
    return CONSIDERED_GAPS * people.gap_days


def _first(rng: np.random.Generator, clock: Clock, people: Population) -> tuple[Floats, Floats, Floats]:
    """Draw the first need and order: in the visit of signing up, or a gap after it."""
    everyone = np.arange(len(people))
    need, at, own = _next(rng, clock, people, everyone, clock.own(everyone, people.joined))
    at_once = rng.random(len(people)) < AT_ONCE_SHARE
    visit = people.joined + rng.random(len(people)) * VISIT_DAYS
    need, at = np.where(at_once, people.joined, need), np.where(at_once, visit, at)
    return need, at, np.where(at_once, clock.own(everyone, visit), own)


def _next(
    rng: np.random.Generator, clock: Clock, people: Population, who: Ints, own: Floats
) -> tuple[Floats, Floats, Floats]:
    """Draw the need and order that follow an order at own time `own`, and the own time of that order."""
    steadiness, mean = people.steadiness[who], people.gap_days[who]
    needed = own + rng.gamma(steadiness) / steadiness * mean
    considers = rng.random(len(who)) < CONSIDERED_SHARE
    ordered = needed + np.where(considers, rng.standard_exponential(len(who)), 0.0) * considered_days(people)[who]
    return clock.calendar(who, needed), clock.calendar(who, ordered), ordered
