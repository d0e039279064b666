"""The hidden state of customers at a moment, from which the law of all that they will do follows."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.lives import Lives
from pipeline.shop.orders import CONSIDERED_SHARE, considered_days
from pipeline.shop.renewal import Gaps, expected_orders, order_within


@dataclass(frozen=True)
class Hidden:
    """The state of m customers on a day: who they are, who is still there, and how near the next order is.

    `now` is the moment on their own clocks, `elapsed` the own time since the last order (or since signing up), of no
    meaning for those who are `considering` an order already.
    """

    who: Ints
    alive: Truths
    now: Floats
    elapsed: Floats
    considering: Truths
    gaps: Gaps
    staying: Floats

    def order_within(self, span: Floats) -> Floats:
        """Return the probability of an order in each step of a span of own days, of shape (m, steps + 1)."""
        return self.alive[:, np.newaxis] * order_within(self.gaps, self.elapsed, self.considering, span)

    def expected_orders(self, span: Floats) -> Floats:
        """Return the mean number of orders in each step of a span of own days, of shape (m, steps + 1)."""
        first = order_within(self.gaps, self.elapsed, self.considering, span)
        return self.alive[:, np.newaxis] * expected_orders(self.gaps, first, self.staying, span)


def look_into(lives: Lives, who: Ints, day: float) -> Hidden:
    """Return the state on a day of customers who had signed up before it."""
    people, orders = lives.people, lives.orders
    now = lives.clock.own(who, np.full(len(who), day))
    latest = orders.latest(np.full(len(people), day), people.joined)[who]
    considering = np.zeros(len(people), bool)
    considering[orders.customer[(orders.need <= day) & (day < orders.days)]] = True
    return Hidden(
        who=who,
        alive=lives.orders.left[who] > day,
        now=now,
        elapsed=np.maximum(now - lives.clock.own(who, latest), 0),
        considering=considering[who],
        gaps=Gaps(
            people.steadiness[who],
            people.gap_days[who] / people.steadiness[who],
            CONSIDERED_SHARE,
            considered_days(people)[who],
        ),
        staying=1 - people.leaving[who],
    )
