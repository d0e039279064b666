"""What can be asked about the customers themselves, as their newest row had it at the moment."""

from dataclasses import dataclass

import numpy as np

from pipeline.windows.arrays import Floats
from pipeline.windows.people import as_number
from pipeline.windows.rows import DAY_US
from pipeline.windows.view import Groups, View

_MONTHS = 12


@dataclass(frozen=True)
class DaysToBirthday:
    """Days from the moment to the start of the month of birth on the shop's calendar; 0 in it, null when unknown."""

    @property
    def needed(self) -> Groups:
        """It reads no events."""
        return ()

    def read(self, view: View) -> Floats:
        """Count calendar months on."""
        newest = view.people.known(view.cut_off_us)
        month = view.people.birth_month[newest]
        ahead = np.array([self._days(view, born) for born in range(1, _MONTHS + 1)])
        place = np.nan_to_num(month, nan=1).astype(np.int64) - 1
        return view.full(view.people.customer[newest], np.where(np.isnan(month), np.nan, ahead[place]), np.nan)

    def _days(self, view: View, born: int) -> float:
        now = view.rows.calendar.local_us(np.array([view.cut_off_us])).astype("datetime64[us]")
        month = now.astype("datetime64[M]")
        ahead = (born - 1 - month.astype(np.int64)) % _MONTHS
        return float(np.maximum((month + ahead - now).astype(np.int64), 0)[0] / DAY_US)


@dataclass(frozen=True)
class Trait:
    """What a customer's newest row says of a trait: its number, or whether it is `value`; null when it says nothing."""

    name: str
    value: str | None = None

    @property
    def needed(self) -> Groups:
        """It reads no events."""
        return ()

    def read(self, view: View) -> Floats:
        """Look it up."""
        newest = view.people.known(view.cut_off_us)
        told = view.people.trait(self.name)
        found = np.array([self._number(told[row]) for row in newest.tolist()], np.float64)
        return view.full(view.people.customer[newest], found, np.nan)

    def _number(self, told: object) -> float:
        if self.value is None:
            return as_number(told)
        return np.nan if told is None else float(told == self.value)
