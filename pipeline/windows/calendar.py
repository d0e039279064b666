"""Instants on the shop's own calendar: hour, weekday and month in its time zone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_SLOT_US = _HOUR_US // 4  # every zone changes its offset on a quarter of an hour
_SLOTS_A_DAY = 96
_THURSDAY = 3  # what the first of January 1970 was, Monday being 0


@dataclass(frozen=True)
class Calendar:
    """What the clock and the calendar on a shop's wall say at an instant; `time_zone` is an IANA name."""

    time_zone: str

    def hour(self, instant_us: Ints) -> Ints:
        """Return the hour of the day, 0 to 23, of instants in microseconds since 1970."""
        return np.asarray(self.local_us(instant_us) % _DAY_US // _HOUR_US)

    def weekday(self, instant_us: Ints) -> Ints:
        """Return the day of the week, Monday 0 to Sunday 6."""
        return np.asarray((self.local_us(instant_us) // _DAY_US + _THURSDAY) % 7)

    def month(self, instant_us: Ints) -> Ints:
        """Return the month, 1 to 12."""
        days = self.local_us(instant_us) // _DAY_US
        return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1)

    def local_us(self, instant_us: Ints) -> Ints:
        """Return what a clock without a zone shows, in microseconds since its own 1970."""
        if self.time_zone == "UTC" or not len(instant_us):
            return instant_us
        first, last = (int(edge) // _DAY_US for edge in (instant_us.min(), instant_us.max()))
        slot = instant_us // _SLOT_US - first * _SLOTS_A_DAY
        return np.asarray(instant_us + self._offsets_us(first, last)[slot])

    def _offsets_us(self, first: int, last: int) -> Ints:
        """Return how far the shop's clock is ahead of UTC in every quarter of an hour of some days."""
        of_days = np.array([self._offset_us(day * _DAY_US) for day in range(first, last + 2)])
        offsets = np.repeat(of_days[:-1], _SLOTS_A_DAY)
        for changed in np.flatnonzero(np.diff(of_days)).tolist():
            begin = (first + changed) * _DAY_US
            day = [self._offset_us(begin + slot * _SLOT_US) for slot in range(_SLOTS_A_DAY)]
            offsets[changed * _SLOTS_A_DAY : (changed + 1) * _SLOTS_A_DAY] = day
        return offsets

    def _offset_us(self, instant_us: int) -> int:
        instant = datetime.fromtimestamp(instant_us // 1_000_000, ZoneInfo(self.time_zone))
        return round((instant.utcoffset() or timedelta()) / timedelta(microseconds=1))
