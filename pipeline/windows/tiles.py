"""Reading the event log from its own files, where the rows of a customer lie together.

Texts come as the codes that they rest in and numbers as they are, so nothing is worked out twice; of a file only the
groups of rows are read that hold customers of the range asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.windows.rows import COLUMNS, NAMED, SAID, TEXTS

CODED = ["customer_id", *TEXTS, *NAMED]


@dataclass(frozen=True)
class Span:
    """Customers from `low` on and before `high`; null leaves that side open."""

    low: str | None = None
    high: str | None = None


EVERYBODY = Span()


@dataclass(frozen=True)
class Group:
    """One group of rows of a file: the least and the greatest id of a customer in it, and how many rows."""

    file: str
    number: int
    low: str
    high: str
    rows: int

    def meets(self, span: Span) -> bool:
        """Tell whether any customer of the span may be in it."""
        return (span.high is None or self.low < span.high) and (span.low is None or self.high >= span.low)


def groups(files: Sequence[str]) -> tuple[Group, ...]:
    """Read from the files' own notes what lies where."""
    return tuple(group for file in files for group in _groups(file))


def spans(found: Sequence[Group], most: int) -> tuple[Span, ...]:
    """Part all customers into ranges with about `most` rows each."""
    ordered = sorted(found, key=lambda group: group.low)
    share = np.cumsum([group.rows for group in ordered]) // most
    turns = np.flatnonzero(np.diff(share)) + 1
    inner = [low for low in dict.fromkeys(ordered[turn].low for turn in turns) if low > ordered[0].low]
    bounds = [None, *inner, None]
    return tuple(Span(low, high) for low, high in pairwise(bounds))


def read(found: Sequence[Group], span: Span, columns: Sequence[str] = COLUMNS) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the groups that may hold a span's customers, under the ids that they came with.

    Properties are left out, if among the columns: of most events they say nothing that is wanted, at length.
    """
    read = [name for name in columns if name != SAID]
    by_file: dict[str, list[int]] = {}
    for group in found:
        if group.meets(span):
            by_file.setdefault(group.file, []).append(group.number)
    for file, numbers in by_file.items():
        table = pq.ParquetFile(file, read_dictionary=CODED).read_row_groups(numbers, columns=read)
        yield from table.to_batches()


def _groups(file: str) -> list[Group]:
    notes = pq.read_metadata(file)
    place = notes.schema.names.index("customer_id")
    numbered = ((number, notes.row_group(number)) for number in range(notes.num_row_groups))
    return [
        Group(file, number, bounds.min, bounds.max, group.num_rows)
        for number, group in numbered
        for bounds in [group.column(place).statistics]
    ]
