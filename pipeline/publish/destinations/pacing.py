"""Keeping to a platform's rate limits, by a clock that can be another one than the wall's."""

import math
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

    Counted within this process, in every window of that length wherever it begins. A platform that counts otherwise
    says so with status 429.
    """

    rates: Sequence[Rate]
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        """Begin with nothing done."""
        self._done = InMemoryBucket([_rather_longer(rate) for rate in self.rates])

    def wait(self) -> None:
        """Wait until one more is allowed, and count it."""
        while not self._done.put(item := RateItem("", int(self.clock.now() * 1000))):
            waiting_ms = self._done.waiting(item)
            self.clock.sleep(max(1, waiting_ms if isinstance(waiting_ms, int) else 1) / 1000)
        self._done.leak(item.timestamp)


def _rather_longer(rate: Rate) -> Rate:
    """Lengthen the window by a thousandth: what is counted in whole milliseconds may lie up to one closer together."""
    return Rate(rate.limit, rate.interval + math.ceil(rate.interval / 1000))
