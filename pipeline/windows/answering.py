"""Answering the same questions about every share of a history, in this process or in workers beside it."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from pipeline.events.history import History
from pipeline.windows.asked import Reading
from pipeline.windows.people import People
from pipeline.windows.rows import Rows
from pipeline.windows.shares import rows_of, shares
from pipeline.windows.workers import spread

# Rows, once for each time that they are gone through, up to which this process does all the work: of fewer, workers
# take longer to start than they save.
ALONE = 4_000_000

_Answer = TypeVar("_Answer")


def answered(
    work: Callable[[tuple[Rows, People]], _Answer], history: History, reading: Reading, times: int = 1
) -> Iterator[_Answer]:
    """Yield what `work` makes of each share of a history, in order of customers; `times` it goes through each.

    Much work is spread over workers, for which `work` and its answers are pickled.
    """
    rows_read = rows_of(history, reading)
    found = shares(history, reading, rows_read)
    if rows_read * times <= ALONE:
        return map(work, found)
    return spread(work, ((rows.apart(), people) for rows, people in found))
