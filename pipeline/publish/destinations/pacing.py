"""Keeping to a platform's rate limits, by a clock that can be another one than the wall's."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyrate_limiter import InMemoryBucket, Rate, RateItem


class Clock(Protocol):
    """What tells the time and lets it pass."""

    def now(self) -> float:
        """Return seconds since an arbitrary moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return seconds since the machine started."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass
class Pace:
    """How often something may be done: `rates` as `Rate(10, Duration.SECOND)`, all of which are kept to.

    Counted within this process, by a sliding window. A platform that counts otherwise says so with status 429.
    """

    rates: Sequence[Rate]
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        """Begin with nothing done."""
        self._done = InMemoryBucket(list(self.rates))

    def wait(self) -> None:
        """Wait until one more is allowed, and count it."""
        while not self._done.put(item := RateItem("", int(self.clock.now() * 1000))):
            waiting_ms = self._done.waiting(item)
            self.clock.sleep(max(1, waiting_ms if isinstance(waiting_ms, int) else 1) / 1000)
