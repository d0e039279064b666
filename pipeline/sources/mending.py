"""CSV that is broken in places: the rows that can be taken apart, and those that cannot.

DuckDB's reader takes a quote that is never closed for the start of a field that lasts to the end of the file. Here a
row that does not end within a few lines is given up, and reading goes on with its second line. This is slow, and used
only for files on which the fast reader failed.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa

from pipeline.settings.sources import FileSource
from pipeline.sources.opening import delimiter_of, text_of
from pipeline.sources.reading import LONGEST_LINE
from pipeline.sources.rejects import REJECTS, TOO_LONG, UNCLOSED

MOST_LINES = 50  # that a row with line breaks inside quotes may have


@dataclass
class _Lines:
    """Lines of a text that can be put back."""

    text: Iterator[str]
    waiting: deque[str] = field(default_factory=deque)

    def take(self) -> str | None:
        return self.waiting.popleft() if self.waiting else next(self.text, None)

    def put_back(self, lines: list[str]) -> None:
        self.waiting.extendleft(reversed(lines))


def mend(path: Path, source: FileSource, clean: Path) -> pa.Table:
    """Write the rows that can be taken apart to `clean`, in UTF-8 with commas; return the others as rejects."""
    csv.field_size_limit(LONGEST_LINE)
    broken: list[dict[str, object]] = []
    delimiter = delimiter_of(path, source)
    with text_of(path, source) as text, clean.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        lines = _Lines(islice(text, source.skip_lines, None))
        header = next(csv.reader([lines.take() or ""], delimiter=delimiter))
        writer.writerow(header)
        for number, (row, reason, taken) in enumerate(_rows(lines, delimiter, len(header)), start=1):
            if reason is None:
                writer.writerow(row)
            else:
                broken.append({"line": number, "reason": reason, "row": taken.encode(errors="replace").decode()})
    return pa.Table.from_pylist(broken, schema=REJECTS)


def _rows(lines: _Lines, delimiter: str, width: int) -> Iterator[tuple[list[str], str | None, str]]:
    """Yield each row, what is wrong with it, and its text."""
    while (first := lines.take()) is not None:
        if not first.strip("\r\n"):
            continue
        taken = [first]
        row = _parsed(taken, delimiter)
        while row is None and len(taken) < MOST_LINES and (line := lines.take()) is not None:
            taken.append(line)
            row = _parsed(taken, delimiter)
        if len(taken) > 1 and (row is None or len(row) != width):
            lines.put_back(taken[1:])
            row, taken = None, taken[:1]
        yield row or [], _wrong(row, width, "".join(taken)), "".join(taken).rstrip("\r\n")


def _parsed(lines: list[str], delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(["".join(lines)], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _wrong(row: list[str] | None, width: int, text: str) -> str | None:
    if any("\udc80" <= character <= "\udcff" for character in text):
        return "invalid encoding"
    if len(text) > LONGEST_LINE:
        return TOO_LONG
    if row is None:
        return UNCLOSED
    if len(row) != width:
        return "too many columns" if len(row) > width else "missing columns"
    return None
