"""What a source makes of a file: rows of our tables, each with the line that it comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis

# The columns that rows have on their way, beside those of their table: the portion and the line that they come from.
PART, LINE, REASON = "part", "line", "reason"


def as_they_are(rows: ibis.Table) -> ibis.Table:
    """Return rows as they are."""
    return rows


@dataclass(frozen=True)
class Mapped:
    """Rows by the name of the table that they belong to.

    `lines` are the file's lines as they were read. The rows of every table have `line`, `reason` (why the line cannot
    be kept, null where it can) and some of the table's columns, typed. Every line has at least one row. A line is kept
    whole or not at all: one row with a reason sets all rows of its line aside. `several` says that a line may have more
    than one row. `complete` adds to new rows of the events table what follows from them together, such as the order
    from its lines; it is given and returns rows with `part` and `line`.
    """

    lines: ibis.Table
    rows: Mapping[str, ibis.Table]
    several: bool = False
    complete: Callable[[ibis.Table], ibis.Table] = as_they_are
