"""Silences between orders as past moments saw them: since when, until when, and who named them first.

A silence begins with an order and ends with the next.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.versus.shares import Counted, CustomerIds
from pipeline.windows.arrays import Floats, Ints, Mask, begins

SECOND_US, DAY_US = 1_000_000, 86_400_000_000
FURTHEST = np.iinfo(np.int64).max

Array = npt.NDArray[Any]

NAMINGS = pa.schema(
    {
        "customer_id": pa.string(),
        "as_of": pa.timestamp("us", "UTC"),
        "named": pa.bool_(),
        "silent_days": pa.float64(),
        "wait_days": pa.float64(),
        "followed_days": pa.float64(),
    },
)
"""A row a customer and moment: whether the list named them, how long they had been silent, how long until the next
order (null: none as far as they were followed), and for how long they were followed."""


@dataclass(frozen=True)
class Silences:
    """Silences, each of shape (n,), and the rows that fall into them; days are counted from the first moment.

    `next_order` is infinite where none came. `silence` says for each row, of shape (rows,), to which it belongs.
    """

    customer_id: CustomerIds
    began: Floats
    next_order: Floats
    followed_to: Floats
    silence: Ints
    at: Floats
    named: Mask

    def first_named(self, rows: Mask) -> Floats:
        """Return the day of the first of the marked rows in each silence, infinite without any."""
        first = np.full(len(self.began), np.inf)
        np.minimum.at(first, self.silence[rows], self.at[rows])
        return first

    def named_by(self, days: float) -> Floats:
        """Return the day on which a rule of so many days names each silence, at the same moments."""
        return self.first_named(self.at - self.began[self.silence] >= days)


@dataclass(frozen=True)
class Reached:
    """A rule of some days beside silences: when it is reached, who is known to have come so far, and who is not."""

    reached_at: Floats
    reached: Mask
    came_back: Mask

    @property
    def watched(self) -> Mask:
        """Which silences had not come so far at the first moment."""
        return self.reached_at > 0

    def before(self, named: Floats) -> Mask:
        """Return which silences were named before the rule is reached."""
        return self.watched & (named < self.reached_at)

    def lead_days(self, named: Floats, among: Mask) -> Floats:
        """Return how long before the rule those were named who reached it, of the marked silences."""
        rows = among & self.reached
        return (self.reached_at - named)[rows]

    def never_reached(self, named: Floats) -> Counted:
        """Return who came back, of those named before whose silence is no longer open."""
        return Counted(self.before(named) & (self.reached | self.came_back), self.came_back)


def reached(silences: Silences, days: float) -> Reached:
    """Return what becomes of a rule that waits for a silence of some days."""
    at = silences.began + days
    return Reached(at, (silences.next_order >= at) & (at <= silences.followed_to), silences.next_order < at)


def silences_of(namings: pa.Table) -> Silences:
    """Return what the rows of each silence say together: rows of one customer since the same order."""
    spoken = namings.filter(pc.field("silent_days").is_valid())
    ids, customer = np.unique(_column(spoken, "customer_id").astype(str), return_inverse=True)
    moment = spoken["as_of"].cast(pa.int64()).to_numpy().astype(np.int64)
    silent, wait, followed = (_column(spoken, name) for name in ("silent_days", "wait_days", "followed_days"))
    # Features hold days with fraction: to the second, they tell the same order at every moment.
    since = np.round((moment - silent * DAY_US) / SECOND_US).astype(np.int64)
    order = np.lexsort((moment, since, customer))
    new = begins(customer[order], since[order])
    first, at = order[new], (moment - moment.min(initial=FURTHEST)) / DAY_US
    return Silences(
        customer_id=ids[customer[first]].astype(object),
        began=at[first] - silent[first],
        next_order=np.nan_to_num(at[first] + wait[first], nan=np.inf),
        followed_to=at[first] + followed[first],
        silence=np.cumsum(new) - 1,
        at=at[order],
        named=_column(spoken, "named").astype(np.bool_)[order],
    )


def _column(namings: pa.Table, name: str) -> Array:
    return np.asarray(namings[name].to_numpy(zero_copy_only=False))
