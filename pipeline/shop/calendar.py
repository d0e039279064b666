"""The simulated shop's time: its span, and the rhythm of year, week and day in which customers order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from pipeline.shop.arrays import Floats, Ints, Truths

RUN_UP_DAYS = 365  # the shop was open before the log starts, or every customer in it would be new
MICROSECONDS = timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND

CHRISTMAS_DAY_OF_YEAR, CHRISTMAS_WIDTH_DAYS = 343, 13
WEEK = np.array([1.15, 1.0, 0.95, 0.95, 0.85, 0.90, 1.20])  # Monday first; the mean is one
HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 11, 12, 11, 10, 10, 11, 13, 15, 18, 20, 18, 11, 5], np.float64)


@dataclass(frozen=True)
class Calendar:
    """The span [start, end) of a log; inside the simulation time is counted in days since `origin`, a run-up before."""

    start: datetime
    end: datetime

    @property
    def origin(self) -> datetime:
        """Day zero: midnight UTC, about a year before the log starts."""
        day = (self.start - timedelta(days=RUN_UP_DAYS)).astimezone(UTC)
        return day.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def end_days(self) -> float:
        """The end of the log, in days."""
        return (self.end - self.origin) / timedelta(days=1)

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        """Every date that the simulation touches, the origin's first."""
        return np.datetime64(self.origin.date()) + np.arange(int(self.end_days) + 1)

    def instants(self, days: Floats) -> Ints:
        """Return days as microseconds since 1970, on whole seconds as shops log them."""
        return microseconds(self.origin) + (np.asarray(days) * (DAY // SECOND)).astype(np.int64) * SECOND

    def days(self, instant: datetime) -> float:
        """Return an instant in days since the origin."""
        return (instant - self.origin) / timedelta(days=1)

    def holds(self, at: Ints) -> Truths:
        """Tell which instants, in microseconds, lie inside [start, end)."""
        return (at >= microseconds(self.start)) & (at < microseconds(self.end))


@dataclass(frozen=True)
class Rhythm:
    """The pace of a year: it gains a day a day on average, more before Christmas and in the evening.

    `edges` are hours in calendar days, `elapsed` the days gone by at each; both of shape (hours + 1,).
    """

    edges: Floats
    elapsed: Floats

    def own(self, days: Floats) -> Floats:
        """Return calendar days as days of the rhythm."""
        return np.interp(days, self.edges, self.elapsed)

    def calendar(self, own: Floats) -> Floats:
        """Return days of the rhythm as calendar days, infinite beyond the end."""
        return np.interp(own, self.elapsed, self.edges, right=np.inf)


def microseconds(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECONDS


def seconds(days: Floats) -> Ints:
    """Return spans of days as microseconds, on whole seconds."""
    return (np.asarray(days) * (DAY // SECOND)).astype(np.int64) * SECOND


def rhythm(calendar: Calendar, christmas: float) -> Rhythm:
    """Return the rhythm in which the height of the Christmas peak is `christmas` times an ordinary day."""
    weekday = (calendar.dates.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    daily = season(christmas)[day_of_year(calendar.dates)] * WEEK[weekday]
    hourly = np.outer(daily, HOURS / HOURS.sum()).ravel()
    return Rhythm(edges=np.arange(len(hourly) + 1) / 24, elapsed=np.concatenate([[0.0], np.cumsum(hourly)]))


def season(christmas: float) -> Floats:
    """Return the intensity of each day of a year, of mean one and shape (366,)."""
    from_peak = (np.arange(366) - CHRISTMAS_DAY_OF_YEAR) / CHRISTMAS_WIDTH_DAYS
    intensity: Floats = 1 + christmas * np.exp(-(from_peak**2) / 2)
    normed: Floats = intensity / intensity.mean()
    return normed


def day_of_year(dates: npt.NDArray[np.datetime64]) -> Ints:
    """Return the days gone by in the year, zero on the first of January."""
    days: Ints = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return days
