"""Cutting rows for a request, keeping those of one person apart, and taking addresses out of what a platform says."""

import re
from collections.abc import Callable, Iterator, Sequence

from pipeline.publish.destinations.destination import MEMBER, Kept, Part, Row

SHARED = "another customer has the same e-mail address, and a platform keeps one profile for it"

_ADDRESS = re.compile(r"\S*@\S*")


def cut(rows: Sequence[Row], size: int) -> Iterator[tuple[Row, ...]]:
    """Yield rows in their order, `size` at a time."""
    return (tuple(rows[start : start + size]) for start in range(0, len(rows), size))


def cut_by_size(
    rows: Sequence[Row], most: int, most_bytes: int, bytes_of: Callable[[Row], int]
) -> Iterator[tuple[Row, ...]]:
    """Yield rows in their order, as many at a time as neither their number nor their bytes forbid."""
    some: list[Row] = []
    size = 0
    for row in rows:
        more = bytes_of(row)
        if some and (len(some) == most or size + more > most_bytes):
            yield tuple(some)
            some, size = [], 0
        some.append(row)
        size += more
    if some:
        yield tuple(some)


def leaving_first(part: Part, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows that take away, and the others.

    They go in this order and never together: an address that passed from one customer to another is taken from the one
    before it is given to the other.
    """
    leaving = [row for row in rows if _leaves(part, row)]
    return leaving, [row for row in rows if not _leaves(part, row)]


def apart(rows: Sequence[Row], person: Callable[[Row], str]) -> tuple[list[Row], dict[str, str]]:
    """Return the first row of each person, and the customers of the others, each with the reason.

    Who is the same person is what `person` tells, without regard to upper case.
    """
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(person(row).lower(), row)
    others = {row.customer_id: SHARED for row in rows if first[person(row).lower()] is not row}
    return list(first.values()), others


def without_addresses(text: str) -> str:
    """Return a text with a mark for everything that looks like an e-mail address."""
    return _ADDRESS.sub("…", text)


def _leaves(part: Part, row: Row) -> bool:
    return row.is_withdrawal or (part.kept is Kept.LIST and not row.values[MEMBER])
