"""A run of days in a series."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Spell:
    """The days from `start` up to, not including, `end`, by position; `expected` and `seen` events in all of them."""

    start: int
    end: int
    expected: float
    seen: float

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.end - self.start
