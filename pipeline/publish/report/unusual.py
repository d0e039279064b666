"""Which segments grew or shrank by more than they usually do from one publication to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pipeline.publish.record import Trend

FEWEST_STEPS = 4
"""So many earlier steps are needed to know what is usual."""
LEAST = 5
"""Customers by which the last step has to be beyond the usual ones, lest a segment of ten makes news every night."""
LONGER = 1.5
"""A step over more than so many times the longest time between two publications before cannot be compared."""


@dataclass(frozen=True)
class Step:
    """The last change of a segment's size, and between which the earlier ones were."""

    segment: str
    size: int
    change: int
    least: int
    most: int
    steps: int

    @property
    def beyond(self) -> float:
        """How far outside the usual steps this one is, in widths of these."""
        outside = self.change - self.most if self.change > self.most else self.least - self.change
        return outside / max(1, self.most - self.least)


def unusual(trend: Trend) -> tuple[Step, ...] | None:
    """Return the segments whose last step is well beyond all earlier ones of the same definition, the furthest first.

    Well beyond: by more than half of what lies between the smallest and the largest of them, and by five customers.
    None where that cannot be told of any segment: too few steps, or a last one that took much longer.
    """
    steps = [_last_step(name, sizes, trend.redefined.get(name, ())) for name, sizes in trend.sizes.items()]
    judged = [step for step in steps if step is not None]
    if not judged or not _comparable(trend.moments):
        return None
    return tuple(sorted(filter(_is_beyond, judged), key=lambda step: (-step.beyond, step.segment)))


def _comparable(moments: Sequence[datetime]) -> bool:
    """Say whether the last step took about as long as those before it."""
    between = [after - before for before, after in pairwise(moments)]
    return len(between) > 1 and between[-1] <= LONGER * max(between[:-1])


def _last_step(segment: str, sizes: Sequence[int | None], redefined: Sequence[int]) -> Step | None:
    known = [size for size in sizes[max(redefined, default=0) :] if size is not None]
    if len(known) < FEWEST_STEPS + 2 or sizes[-1] is None or sizes[-2] is None:
        return None
    *earlier, last = [after - before for before, after in pairwise(known)]
    return Step(segment, known[-1], last, min(earlier), max(earlier), len(earlier))


def _is_beyond(step: Step) -> bool:
    room = max(LEAST, (step.most - step.least) / 2)
    return not step.least - room <= step.change <= step.most + room
