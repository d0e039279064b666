"""When an event happened, as a question about it: between two instants, or on a day that comes round again."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.windows.arrays import Ints, Mask
from pipeline.windows.rows import Rows

_Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Stretch:
    """The event happened at `from_us` or later, and before `until_us`; microseconds since 1970, null leaves it open."""

    from_us: int | None = None
    until_us: int | None = None

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Compare instants."""
        occurred = rows.occurred_us[chosen]
        inside = np.ones(len(chosen), bool)
        if self.from_us is not None:
            inside &= occurred >= self.from_us
        if self.until_us is not None:
            inside &= occurred < self.until_us
        return inside


@dataclass(frozen=True)
class Anniversary:
    """In a later year, the event's date and time of day come at the moment, or less than `within_us` after it.

    All by the shop's clock, in microseconds. In years that have no 29th of February, the 28th stands for it.
    """

    moment_us: int
    within_us: int

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Look at the next anniversary, which lies in the moment's year or in the year after it."""
        clock = rows.calendar
        happened = clock.local_us(rows.occurred_us[chosen]).astype("datetime64[us]")
        moment = clock.local_us(np.array([self.moment_us])).astype("datetime64[us]")[0]
        year = moment.astype("datetime64[Y]")
        return self._in(year, happened, moment) | self._in(year + 1, happened, moment)

    def _in(self, year: np.datetime64, happened: _Moments, moment: np.datetime64) -> Mask:
        """Mark the events that have an anniversary within the stretch in this year."""
        ahead = (_in_year(year, happened) - moment).astype(np.int64)
        return np.asarray((happened.astype("datetime64[Y]") < year) & (ahead >= 0) & (ahead < self.within_us))


def _in_year(year: np.datetime64, moments: _Moments) -> _Moments:
    """Return the same date and time of day in another year."""
    months, days = moments.astype("datetime64[M]"), moments.astype("datetime64[D]")
    month = year.astype("datetime64[M]") + (months - moments.astype("datetime64[Y]").astype("datetime64[M]"))
    day = np.minimum(month.astype("datetime64[D]") + (days - months), (month + 1).astype("datetime64[D]") - 1)
    return np.asarray(day + (moments - days))
