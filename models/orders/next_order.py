"""When a customer orders next: the middle of what may come, and an interval that holds eight of ten orders."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.judging.evaluation import Metrics
from models.link import Floats
from models.orders.btyd import histories
from models.orders.btyd_fit import Histories
from models.orders.waiting import Waiting, fit_waiting
from pipeline.windows.rows import DAY_US

WITHIN_DAYS = 180.0  # a date further ahead helps nobody
LIKELY = 0.5  # who is less likely than this to order by then is not expected to come back
COVERAGE = (0.7, 0.9)  # of the interval, when held against what came
WORSE = 1.05  # how far off it may be beside the simple rule
INTERVAL = (0.1, 0.5, 0.9)  # shares of those who come back who have done so: the interval's ends, and its middle

Moments = npt.NDArray[np.datetime64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class NextOrders:
    """When each customer orders next, and the ends of an interval that holds eight of ten such orders.

    UTC `datetime64[us]` of shape (n,); NaT for who is less likely than not to order within the bound, and for who never
    ordered.
    """

    at: Moments
    low: Moments
    high: Moments


@dataclass(frozen=True)
class NextOrder:
    """How one-time and repeat buyers wait; None where too few waits were known. Nobody is promised past `within_days`.

    They are different people: of the first only the shop's habit is known, of the others their own rhythm too.
    """

    one_time: Waiting | None
    repeat: Waiting | None
    within_days: float = WITHIN_DAYS

    def predict(self, matrix: FeatureMatrix) -> NextOrders:
        """Say of each row, as of its own moment, when the next order comes."""
        chance, ends = self.wait(histories(matrix), self.within_days)
        told = np.where(chance >= LIKELY, ends, np.nan)
        low, middle, high = (_moments(matrix.as_of, days) for days in told)
        return NextOrders(middle, low, high)

    def wait(self, seen: Histories, within_days: float) -> tuple[Floats, Floats]:
        """Return the chance of an order within so many days, of shape (n,), and the wait of those who do place one.

        The wait is in days from now, of shape (3, n): a tenth, half and nine tenths of those orders have come by then.
        All NaN where the kind of customer is not known.
        """
        chance, ends = np.full(len(seen.age), np.nan), np.full((len(INTERVAL), len(seen.age)), np.nan)
        for waiting, rows in ((self.one_time, seen.repeats == 0), (self.repeat, seen.repeats > 0)):
            if waiting is not None and rows.any():
                theirs = seen.where(rows)
                chance[rows] = waiting.chance_within(theirs, within_days)
                ends[:, rows] = [waiting.wait_days(theirs, share, within_days) for share in INTERVAL]
        return chance, ends

    def as_dict(self) -> dict[str, Any]:
        """Return everything by name, in plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "NextOrder":
        """Return what `as_dict` described."""
        kinds = {name: told[name] and Waiting(**told[name]) for name in ("one_time", "repeat")}
        return cls(**kinds, within_days=told["within_days"])


def fit_next_order(
    matrix: FeatureMatrix, wait_days: Floats, followed_days: Floats, *, within_days: float = WITHIN_DAYS
) -> NextOrder:
    """Learn from customers at one or several past moments and how long each waited from there, of shape (n,).

    `wait_days` is NaN where no order had come when `followed_days` had passed. The outcomes must be complete.
    """
    seen = histories(matrix)
    once, more = (
        fit_waiting(seen.where(rows), wait_days[rows], followed_days[rows])
        for rows in (seen.repeats == 0, seen.repeats > 0)
    )
    return NextOrder(once, more, within_days)


def judge(fitted: NextOrder, matrix: FeatureMatrix, wait_days: Floats, followed_days: Floats) -> Metrics:
    """Hold what was said at later moments against what then came; see `fit_next_order` for the outcomes.

    Asked is who orders, and when, within the time that everybody was followed or the bound, whichever is shorter: so
    that no wait is cut short without being counted. Of those expected who came, `coverage` is the share inside the
    interval, which should be .8, and `median_error_days` how far off the middle is. The simple rule, last order plus
    own mean gap, is held against the same customers where it speaks of a moment to come: `rule_median_error_days`
    beside `same_median_error_days`. Figures of nobody are NaN.
    """
    seen = histories(matrix)
    within = min(fitted.within_days, float(followed_days.min()))
    chance, ends = fitted.wait(seen, within)
    came = wait_days < within
    told = {"n": float(len(came)), "within_days": within, **_who(chance, came)}
    return MappingProxyType(told | _when(ends, wait_days, own_gap_wait(seen), (chance >= LIKELY) & came))


def trusted(figures: Metrics) -> tuple[bool, str]:
    """Say by what `judge` found whether dates may be published, and why; without figures they may not."""
    coverage = figures.get("coverage", np.nan)
    if np.isnan(coverage):
        return False, "Nothing shows yet how well the next order is told: of nobody expected to order it is known when."
    low, high = COVERAGE
    ours, rule = figures["same_median_error_days"], figures["rule_median_error_days"]
    held = low <= coverage <= high and not ours > rule * WORSE
    return held, (
        f"Of the orders that came, {coverage:.0%} lay in an interval meant for 80 %, where {low:.0%} to {high:.0%} is "
        f"kept to; its date was off by {ours:.0f} days in the middle, last order plus own gap by {rule:.0f}."
    )


def _who(chance: Floats, came: Truths) -> dict[str, float]:
    known, expected = np.isfinite(chance), chance >= LIKELY
    return {
        "returned_share": _mean(came[known]),
        "returned_share_predicted": _mean(chance[known]),
        "expected_share": _mean(expected),
        "expected_of_returned_share": _mean(expected[came]),
        "returned_of_expected_share": _mean(came[expected]),
    }


def _when(ends: Floats, wait: Floats, own_gap: Floats, met: Truths) -> dict[str, float]:
    low, middle, high = ends
    both = met & (own_gap >= 0)
    return {
        "coverage": _mean(((wait >= low) & (wait <= high))[met]),
        "median_interval_days": _median((high - low)[met]),
        "median_error_days": _median(np.abs(middle - wait)[met]),
        "same_median_error_days": _median(np.abs(middle - wait)[both]),
        "rule_median_error_days": _median(np.abs(own_gap - wait)[both]),
    }


def own_gap_wait(seen: Histories) -> Floats:
    """Return the days until the last order plus the customer's own mean gap, of shape (n,); negative when passed.

    NaN before the second day with an order.
    """
    gap: Floats = np.divide(seen.last, seen.repeats, out=np.full(len(seen.age), np.nan), where=seen.repeats > 0)
    return gap - (seen.age - seen.last)


def _moments(as_of: Moments, days: Floats) -> Moments:
    known = np.isfinite(days)
    moments = as_of + (np.where(known, days, 0) * DAY_US).astype("timedelta64[us]")
    return np.where(known, moments, np.datetime64("NaT", "us"))


def _mean(values: npt.NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else np.nan


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else np.nan
