"""Taking a person's rows out of a text file; every other row stays as it is, byte by byte."""

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.events.person import PERSON_FIELDS, Person, holds_people

DELIMITERS = (",", ";", "\t", "|")
CHUNK, LONGEST_SPELLING = 2**20, 4096
LONGEST_FIELD = 64 * 2**20
MOST_LINES = 50


@dataclass(frozen=True)
class Layout:
    """How a text file is read.

    `delimiter` is None where the header tells. With `pattern`, a regular expression with named groups, a line is no
    CSV but taken apart by it. `columns` maps our fields to the file's. `lines` says that each line is JSON.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    pattern: str | None = None
    skip_lines: int = 0
    columns: tuple[tuple[str, str], ...] = ()
    lines: bool = False

    @property
    def holders(self) -> frozenset[str]:
        """The columns of the file that are read as ids or addresses of people."""
        return frozenset(theirs for ours, theirs in self.columns if ours in PERSON_FIELDS)


def names_person(path: Path, person: Person, encoding: str = "utf-8") -> bool:
    """Tell quickly whether a file, plain or compressed with gzip, may name the person: whether their bytes are in it.

    Where ids rest as pseudonyms nothing can be told from bytes, and any file may.
    """
    return not person.can_be_searched_for or holds(path, person.searched(_codec(path, encoding)))


def holds(path: Path, searched: re.Pattern[bytes]) -> bool:
    """Tell whether a file, plain or compressed with gzip, holds what is searched for.

    One that cannot be decompressed to its end may hold anything.
    """
    tail = b""
    try:
        with opened(path) as file:
            while chunk := file.read(CHUNK):
                if searched.search(tail + chunk):
                    return True
                tail = (tail + chunk)[-LONGEST_SPELLING:]
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return True
    return False


def erase_rows(path: Path, out: Path, person: Person, layout: Layout) -> int:
    """Write the file at `path` to `out` without the rows that name the person; return how many those were.

    Raises csv.Error for a field longer than any text.
    """
    removed = 0
    encoding = _codec(path, layout.encoding)
    # What cannot be decoded is carried through as it is.
    errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
    with opened(path) as source, _fresh(out, path) as target, _long_fields():
        text = io.TextIOWrapper(source, encoding, errors, newline="")
        for row, named in _rows(text, person, layout):
            if named:
                removed += 1
            else:
                target.write(row.encode(encoding, errors))
    return removed


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading, through gzip if its name says so."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _rows(text: IO[str], person: Person, layout: Layout) -> Iterator[tuple[str, bool]]:
    for _ in range(layout.skip_lines):
        yield text.readline(), False
    if layout.lines:
        yield from ((line, _is_in_line(line, person)) for line in text)
    elif layout.pattern is not None:
        yield from _lines_apart(text, person, re.compile(layout.pattern), layout.holders)
    else:
        yield from _records(text, person, layout)


def _is_in_line(line: str, person: Person) -> bool:
    try:
        return person.is_in(json.loads(line))
    except ValueError:
        return bool(line.strip()) and person.is_in_row(line)


def _lines_apart(
    text: IO[str], person: Person, pattern: re.Pattern[str], holders: frozenset[str]
) -> Iterator[tuple[str, bool]]:
    for line in text:
        found = pattern.search(line.rstrip("\r\n"))
        if found is None:
            yield line, bool(line.strip()) and person.is_in_row(line)
        else:
            cells = {name: cell for name, cell in found.groupdict().items() if cell}
            is_named = _naming(list(cells), holders, person)
            yield line, is_named(list(cells.values()))


def _records(text: IO[str], person: Person, layout: Layout) -> Iterator[tuple[str, bool]]:
    header = text.readline()
    delimiter = layout.delimiter or max(DELIMITERS, key=header.count)
    names = [name.strip().removeprefix("\ufeff") for name in next(csv.reader([header], delimiter=delimiter), [])]
    is_named = _naming(names, layout.holders, person)
    yield header, False
    for lines in _by_record(text):
        record = "".join(lines)
        if person.can_be_searched_for and not person.may_be_in(record):
            yield record, False
            continue
        rows = list(csv.reader(lines, delimiter=delimiter))
        if len(rows) > 1:
            # Stray quotes held lines together that are records of their own.
            yield from ((line, is_named(next(csv.reader([line], delimiter=delimiter), []))) for line in lines)
        else:
            yield record, any(map(is_named, rows))


def _by_record(text: IO[str]) -> Iterator[list[str]]:
    """Yield the lines of each record: one, or more where a quoted field has line ends in it.

    A quote that is not closed within MOST_LINES is no quote.
    """
    waiting: deque[str] = deque()
    while (first := waiting.popleft() if waiting else next(text, None)) is not None:
        taken, is_open = [first], first.count('"') % 2 == 1
        while is_open and len(taken) < MOST_LINES:
            line = waiting.popleft() if waiting else next(text, None)
            if line is None:
                break
            taken.append(line)
            is_open = line.count('"') % 2 == 0
        if is_open:
            waiting.extendleft(reversed(taken[1:]))
            taken = taken[:1]
        yield taken


def _naming(names: Sequence[str], holders: frozenset[str], person: Person) -> Callable[[list[str]], bool]:
    places = tuple(place for place, name in enumerate(names) if name in holders or holds_people(name))

    def is_named(cells: list[str]) -> bool:
        own = (cells[place] for place in places if place < len(cells))
        return any(map(person.is_named, own)) or any(map(person.is_in, cells))

    return is_named


def _codec(path: Path, encoding: str) -> str:
    """Return the encoding without a byte order mark of its own: the mark is kept as the first character."""
    if encoding != "utf-16":
        return encoding
    with opened(path) as file:
        return "utf-16-be" if file.read(2) == codecs.BOM_UTF16_BE else "utf-16-le"


@contextmanager
def _fresh(out: Path, like: Path) -> Iterator[IO[bytes]]:
    with out.open("wb") as file:
        if like.suffix.lower() == ".gz":
            # Neither name nor time: the same content is the same bytes.
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield file


@contextmanager
def _long_fields() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
