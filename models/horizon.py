"""How far ahead to look, suggested by how long a shop's own customers take to order again.

A gap between two orders is known once the second has come. The gaps that are still open are the long ones more often
than not, so leaving them out would make customers look quicker than they are. They are counted for as long as they
were seen to last: Kaplan and Meier (1958), Nonparametric Estimation from Incomplete Observations.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import CensoredData, ecdf

from models.link import Floats
from pipeline.errors import NotEnoughDataError

CANDIDATES_DAYS = (7, 14, 30, 60, 90, 180, 365)
SHARE = 0.8  # of the orders that are followed by another
LEAST_GAPS = 100
LEAST_WATCHED = 50  # gaps still watched at a length, under which the estimate there is chance


@dataclass(frozen=True)
class Gaps:
    """Days from each order to the customer's next, and of the last ones, days for which none has come; shape (n,).

    `closed` is true where the next order came.
    """

    days: Floats
    closed: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Suggestion:
    """A horizon in days, and the shares that speak for it.

    `within` has, for each candidate that the log is long enough for, the share of repeat orders that come within it.
    `repeated` is the share of orders that are followed by another within `watched_days`, as far as the log can see.
    `horizon_days` is null where no candidate holds enough of the repeat orders.
    """

    horizon_days: int | None
    within: Mapping[int, float]
    repeated: float
    watched_days: float
    gaps: int

    @property
    def in_words(self) -> str:
        """What is suggested and why, in two sentences."""
        base = (
            f"Of all orders, {self.repeated:.0%} are followed by another within {self.watched_days:.0f} days, "
            "which is as far as the log can see."
        )
        if self.horizon_days is None:
            return f"{base} None of the usual horizons that it is long enough for holds {SHARE:.0%} of those."
        share = self.within[self.horizon_days]
        return (
            f"{base} Of those, {share:.0%} come within {self.horizon_days} days, the shortest of the usual horizons "
            f"that holds at least {SHARE:.0%}."
        )


def suggest_horizon(gaps: Gaps) -> Suggestion:
    """Return the shortest candidate within which at least `SHARE` of the repeat orders come.

    NotEnoughDataError under `LEAST_GAPS` repeat orders.
    """
    closed = int(gaps.closed.sum())
    if closed < LEAST_GAPS:
        raise NotEnoughDataError(
            f"A suggested horizon expected at least {LEAST_GAPS} orders by customers who had ordered before, got "
            f"{closed}. Load a longer event log, or choose a horizon by what you know of the shop."
        )
    came = ecdf(CensoredData(uncensored=gaps.days[gaps.closed], right=gaps.days[~gaps.closed])).cdf
    watched = _watched_days(gaps)
    repeated = float(came.evaluate(watched))
    within = {
        days: float(came.evaluate(days)) / repeated for days in CANDIDATES_DAYS if repeated > 0 and days <= watched
    }
    chosen = next((days for days, share in within.items() if share >= SHARE), None)
    return Suggestion(chosen, within, repeated, watched, closed)


def _watched_days(gaps: Gaps) -> float:
    """Return the longest time after which enough gaps were still watched, be they open or closed later."""
    longest_first = np.sort(gaps.days)[::-1]
    return float(longest_first[min(LEAST_WATCHED, len(longest_first)) - 1])
