"""Files opened as bytes or text, compressed or not, and what the first line of a CSV says about it."""

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from pipeline.errors import SourceError
from pipeline.settings.sources import FileSource

DELIMITERS = (",", ";", "\t", "|")


def opened(path: Path) -> BinaryIO:
    """Open a file to read its bytes, decompressed when its name ends in .gz."""
    return cast("BinaryIO", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


@contextmanager
def text_of(path: Path, source: FileSource) -> Iterator[TextIO]:
    """Open a file as text, line ends as they are; bytes that are none in its encoding become lone surrogates."""
    with opened(path) as raw, io.TextIOWrapper(raw, source.encoding, errors="surrogateescape", newline="") as text:
        yield text


def header_of(path: Path, source: FileSource) -> list[str]:
    """Return the names in a CSV's header; SourceError where it is empty or names a column twice or not at all."""
    row = next(csv.reader([_first_line(path, source)], delimiter=delimiter_of(path, source)), [])
    if any("\udc80" <= character <= "\udcff" for name in row for character in name):
        raise SourceError(
            f"source {source.name}: expected a header in {source.encoding}, got other bytes in {path.name}. "
            'Try encoding = "utf-16" or "latin-1".'
        )
    names = [name.strip().removeprefix("\ufeff").strip('"') for name in row]
    if not names or not all(names) or len(set(names)) < len(names):
        raise SourceError(
            f"source {source.name}: expected a header that names every column of {path.name} once, got "
            f'"{", ".join(names)[:200]}". Try skip_lines if the header comes later.'
        )
    return names


def delimiter_of(path: Path, source: FileSource) -> str:
    """Return what separates the columns of a CSV: what the settings say, or the likeliest by its header."""
    return source.delimiter or max(DELIMITERS, key=_first_line(path, source).count)


def _first_line(path: Path, source: FileSource) -> str:
    with text_of(path, source) as text:
        return next(islice(text, source.skip_lines, None), "").rstrip("\r\n")
