"""When customers look around without ordering: it shows how near the next order is, and who has left."""

import numpy as np

from pipeline.shop.arrays import Floats, Ints
from pipeline.shop.lives import Lives, Market

RIPENING = 0.6  # by how much less those look around who have just ordered than those whose next order is due
AFTER_LEAVING = 0.08  # of the visits that those pay whose next order is due
APART = 1e5  # days, more than any calendar has


def browse(rng: np.random.Generator, market: Market, lives: Lives) -> tuple[Ints, Floats]:
    """Return who looked around and on which day: the more the longer the last order is ago, and hardly after leaving.

    The pace is that of the customer's own clock, on which nothing of the future can be read.
    """
    people, clock, orders = lives.people, lives.clock, lives.orders
    everyone = np.arange(len(people))
    since = clock.own(everyone, people.joined)
    lasting = clock.own(everyone, np.full(len(people), market.calendar.end_days)) - since
    customer = np.repeat(everyone, rng.poisson(people.browsing * lasting / people.gap_days))
    own = since[customer] + rng.random(len(customer)) * lasting[customer]
    days = clock.calendar(customer, own)
    waited = own - clock.own(customer, _latest_order(lives, customer, days))
    ripeness = np.clip(waited / people.gap_days[customer], 0, 1)
    interest = np.where(orders.left[customer] <= days, AFTER_LEAVING, 1 - RIPENING * (1 - ripeness))
    kept = (rng.random(len(customer)) < interest) & np.isfinite(days)
    return customer[kept], days[kept]


def _latest_order(lives: Lives, customer: Ints, days: Floats) -> Floats:
    """Return the day of the customer's last order until each day, that of signing up without one."""
    who, at = np.append(lives.orders.customer, -1), np.append(lives.orders.days, 0.0)
    keys = lives.orders.customer * APART + np.minimum(lives.orders.days, APART / 2)
    latest = np.searchsorted(keys, customer * APART + days, side="right") - 1  # -1, none, is the one appended
    return np.where(who[latest] == customer, at[latest], lives.people.joined[customer])
