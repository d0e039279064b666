"""Which events are meant by what came after them."""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Ints, Mask
from pipeline.windows.rows import DAY_US
from pipeline.windows.selections import Derived
from pipeline.windows.view import Chosen, Groups, Selection, View


@dataclass(frozen=True)
class Followed(Derived):
    """The events after which, or at the same instant, the same customer did something of `by`; or did not, if not `so`.

    With `on`, both must agree in that field. With `within_days`, it must have come so soon. An event may follow itself.
    """

    by: Selection
    on: str | None = None
    within_days: float | None = None
    so: bool = True

    @property
    def needed(self) -> Groups:
        """Those of both selections, for nothing can be said to follow, or not to, where it is not logged."""
        return (*self.of.needed, *self.by.needed)

    def choose(self, view: View) -> Chosen:
        """Find for every event the next one of `by`."""
        found = view.chosen(self.of)
        wait = _wait_us(view, found, view.chosen(self.by), self.on)
        longest = np.iinfo(np.int64).max - 1 if self.within_days is None else round(self.within_days * DAY_US)
        return found.where((wait <= longest) == self.so)


def _wait_us(view: View, found: Chosen, by: Chosen, on: str | None) -> Ints:
    """Return the time from each event to the next of `by`, a very long one where none comes."""
    if on is None:
        # Rows are in order of customer and time; what happened at the same instant counts as after.
        ahead, there = _next(by.rows, view.rows.instant[found.rows])
        there[there] = view.rows.customer[ahead[there]] == found.customer[there]
    else:
        pairs = view.rows.by_pair(on)
        own = pairs.place[found.rows]
        place, there = _next(pairs.of(by.rows), np.append(pairs.instant, len(pairs.rows))[own])
        there &= own >= 0
        there[there] = pairs.pair[place[there]] == pairs.pair[own[there]]
        ahead = np.where(there, np.append(pairs.rows, 0)[np.where(there, place, -1)], 0)
    wait = np.full(len(found), np.iinfo(np.int64).max)
    wait[there] = view.rows.occurred_us[ahead[there]] - found.occurred_us[there]
    return wait


def _next(places: Ints, after: Ints) -> tuple[Ints, Mask]:
    """Return the first of `places`, in order, that is not before each of `after`, and whether there is one."""
    found = np.searchsorted(places, after)
    there = found < len(places)
    return np.append(places, 0)[found], there
