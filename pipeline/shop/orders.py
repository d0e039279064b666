"""When customers order: a renewal process on each customer's own clock, until the customer has left."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints
from pipeline.shop.calendar import Calendar, Rhythm
from pipeline.shop.population import Population, rhythms

AT_ONCE_SHARE = 0.85  # of customers, who order in the visit in which they sign up
VISIT_DAYS = 0.02


@dataclass(frozen=True)
class Orders:
    """Orders inside the calendar, earliest first: customer and instant in microseconds, both of shape (orders,).

    `left` is the day on which each customer left, of shape (customers,), infinite while the customer is there.
    """

    customer: Ints
    at: Ints
    left: Floats

    def __len__(self) -> int:
        return len(self.customer)


def place_orders(rng: np.random.Generator, calendar: Calendar, population: Population) -> Orders:
    """Run every customer's process and keep the orders that the log saw."""
    customers, days, left = [], [], population.joined + population.lifetime
    for code, own_clock in enumerate(rhythms(calendar)):
        members = np.flatnonzero(population.group == code)
        mine = population.where(population.group == code)
        who, when, gone = _run(rng, mine, own_clock, calendar.end_days)
        customers.append(members[who])
        days.append(when)
        left[members] = gone
    return _seen(calendar, np.concatenate(customers), np.concatenate(days), left)


def _run(rng: np.random.Generator, people: Population, own_clock: Rhythm, end: float) -> tuple[Ints, Floats, Floats]:
    """Return who ordered, on which day, and on which day each of the people left; one turn an order, all at once."""
    left = people.joined + people.lifetime
    who, at = np.arange(len(people)), _first(rng, people, own_clock)
    turns: list[tuple[Ints, Floats]] = []
    while len(who):
        goes_on = at < np.minimum(left[who], end)
        who, at = who[goes_on], at[goes_on]
        turns.append((who, at))
        leaves = rng.random(len(who)) < people.leaving[who]
        left[who[leaves]] = at[leaves]
        who, at = who[~leaves], at[~leaves]
        at = own_clock.calendar(own_clock.own(at) + _gap(rng, people, who, len(turns)))
    nobody, never = np.empty(0, np.int64), np.empty(0)
    return np.concatenate([nobody, *(w for w, _ in turns)]), np.concatenate([never, *(a for _, a in turns)]), left


def _first(rng: np.random.Generator, people: Population, own_clock: Rhythm) -> Floats:
    """Draw the first order: in the visit of signing up, or a gap after it."""
    visit = people.joined + rng.random(len(people)) * VISIT_DAYS
    later = own_clock.calendar(own_clock.own(people.joined) + _gap(rng, people, np.arange(len(people)), 1))
    return np.where(rng.random(len(people)) < AT_ONCE_SHARE, visit, later)


def _gap(rng: np.random.Generator, people: Population, who: Ints, turn: int) -> Floats:
    """Draw the days, on the own clock, from a customer's order number `turn` to the next."""
    mean = people.gap_days[who] * people.stretch[who] ** (turn - 1)
    return rng.gamma(people.steadiness[who]) / people.steadiness[who] * mean


def _seen(calendar: Calendar, customer: Ints, days: Floats, left: Floats) -> Orders:
    at = calendar.instants(days)
    inside = calendar.holds(at)
    order = np.lexsort((customer[inside], at[inside]))
    return Orders(customer[inside][order], at[inside][order], left)
