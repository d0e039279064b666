"""What is usual for an event type on a day, by what it did in the eight weeks before.

A series is the number of events a day, of shape (days,), NaN on days of which nothing is known.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.events.quality.spell import Spell

Floats = npt.NDArray[np.float64]

WEEK = 7
PAST = 8 * WEEK
FEWEST_DAYS = 4 * WEEK
FEWEST_WEEKS = 3
ENOUGH_FOR_WEEKDAYS = 10
STEADY_SHARE = 0.7  # a shop that is closed on weekends is steady
LONGEST_GAP = 56


@dataclass(frozen=True)
class Usual:
    """A series with its own past, of which the gaps found so far teach nothing."""

    series: Floats
    gaps: tuple[Spell, ...] = ()

    @cached_property
    def learned(self) -> Floats:
        """The series without its gaps, of shape (days,)."""
        learned = self.series.copy()
        for gap in self.gaps:
            learned[gap.start : _forgotten(gap)] = np.nan
        return learned

    @cached_property
    def expected(self) -> Floats:
        """The median of the same weekday of the eight weeks before; of rare events the mean of all their days.

        Of shape (days,); NaN where the past is too short to say.
        """
        padded = np.r_[np.full(PAST, np.nan), self.learned]
        past = np.lib.stride_tricks.sliding_window_view(padded, PAST)[: len(self.series)]
        by_weekday = past[:, ::WEEK]
        known, known_weeks = np.sum(~np.isnan(past), axis=1), np.sum(~np.isnan(by_weekday), axis=1)
        mean = np.nansum(past, axis=1) / np.maximum(known, 1)
        median = _median(by_weekday)
        # A median of a few small counts is mostly noise.
        usual = np.where((mean >= ENOUGH_FOR_WEEKDAYS) & self._steady(past, known), median, mean)
        return np.where((known >= FEWEST_DAYS) & (known_weeks >= FEWEST_WEEKS), usual, np.nan)

    @cached_property
    def levels(self) -> Floats:
        """How the days just before each day compare with what was usual, at most 1, of shape (days,).

        A decline under way is carried on: what falls week by week is expected to fall on.
        """
        last, before, longer = (self._ratio_before(*span) for span in ((0, WEEK), (WEEK, 2 * WEEK), (0, 4 * WEEK)))
        decline = np.minimum(1.0, last / np.where(before > 0, before, np.inf) + (before <= 0))
        return np.minimum(np.minimum(1.0, last * decline), longer)

    @cached_property
    def preceded(self) -> npt.NDArray[np.bool_]:
        """Whether most of the seven days before each day are known, of shape (days,)."""
        known = ~np.isnan(np.r_[np.full(WEEK, np.nan), self.learned][:-1])
        return np.asarray(np.lib.stride_tricks.sliding_window_view(known, WEEK).sum(axis=1) * 2 > WEEK)

    def dispersion(self, day: int) -> float:
        """Return the variance of a day's count over its mean, in the eight weeks before; at least 1, as Poisson's.

        Of a steady type it is told from the days of fewer events than usual: a sale is no reason to expect nothing.
        """
        past = slice(max(day - PAST, 0), day)
        seen, usual = self.learned[past], self.expected[past]
        if np.sum(~np.isnan(usual)) < FEWEST_DAYS:
            usual = np.full(len(seen), np.nanmean(seen))
        steady = self.steady(day)
        judged = ~np.isnan(seen) & (usual > 0)
        if not judged.any():
            return 1.0
        beyond = (seen - usual)[judged]
        squares = 2 * np.minimum(beyond, 0) ** 2 if steady else beyond**2
        return max(1.0, float(np.sum(squares) / np.sum(usual[judged])))

    def steady(self, day: int) -> bool:
        """Return whether there were events on seven days of ten in the eight weeks before `day`."""
        past = self.learned[max(day - PAST, 0) : day]
        known = past[~np.isnan(past)]
        return bool(np.sum(known > 0) >= STEADY_SHARE * len(known))

    @staticmethod
    def _steady(past: Floats, known: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        return np.asarray(np.sum(past > 0, axis=1) >= STEADY_SHARE * known)

    def _ratio_before(self, nearest: int, farthest: int) -> Floats:
        """Return what came over what was usual from `farthest` to `nearest` days before each day; 1 where unknown."""
        days = farthest - nearest
        both = over_next_days(self.learned, self.expected, days)
        seen, usual = (np.r_[np.zeros(farthest), sums][: len(sums)] for sums in both)
        return np.where(usual > 0, seen / np.where(usual > 0, usual, 1.0), 1.0)


def over_next_days(seen: Floats, usual: Floats, days: int) -> tuple[Floats, Floats]:
    """Return the sums of both over each day and the next ones, of shape (days,), of days on which both are known."""
    unknown = np.isnan(seen) | np.isnan(usual)
    return _sums(np.where(unknown, 0.0, seen), days), _sums(np.where(unknown, 0.0, usual), days)


def _sums(values: Floats, days: int) -> Floats:
    running = np.cumsum(np.r_[0.0, values, np.zeros(days)])
    return np.asarray(running[days : days + len(values)] - running[: len(values)])


def _forgotten(gap: Spell) -> int:
    # What has been thin for so long is the new level, which is learned from the gap's second half.
    return gap.start + LONGEST_GAP // 2 if gap.seen and gap.days >= LONGEST_GAP else gap.end


def _median(rows: Floats) -> Floats:
    """Return the median of each row without its NaN; NaN for a row of nothing else."""
    ordered = np.sort(rows, axis=1)  # NaN comes last
    known = np.sum(~np.isnan(rows), axis=1)
    every = np.arange(len(rows))
    low, high = (ordered[every, np.clip(place, 0, rows.shape[1] - 1)] for place in ((known - 1) // 2, known // 2))
    return np.asarray((low + high) / 2)
