"""JSON documents as JSON lines, record by record, so that memory does not grow with the document."""

import codecs
import gzip
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, TextIO

import ijson

from pipeline.errors import SourceError
from pipeline.sources.opening import opened

# Brackets that one read opens and does not close: nobody's records, and reading them takes time without end.
DEEPEST = 1000
_BROKEN = (ijson.JSONError, UnicodeError, EOFError, gzip.BadGzipFile, RecursionError)


def as_json_lines(path: Path, records: str | None, folder: Path, encoding: str = "utf-8") -> Path:
    """Write the records of a JSON document into a file of `folder`, one a line, and return it.

    `records` is the list's place in the document, such as "orders"; without one the document is a list, or one record.
    Raises SourceError where the document is broken or has no list there.
    """
    try:
        prefix = _prefix(path, records, encoding)
        with (
            _document(path, encoding) as document,
            tempfile.NamedTemporaryFile("w", dir=folder, suffix=".jsonl", delete=False, encoding="utf-8") as lines,
        ):
            for record in ijson.items(document, prefix):
                lines.write(json.dumps(record, default=_number) + "\n")
    except _BROKEN as error:
        raise SourceError(
            f"Expected a whole JSON document, got {path.name}: {_first_words(error)}. "
            "Try exporting it again, or JSON lines."
        ) from error
    return Path(lines.name)


def _prefix(path: Path, records: str | None, encoding: str) -> str:
    """Return where the records lie, in the words of ijson; SourceError where they do not."""
    if records is None:
        with _document(path, encoding) as document:
            return "item" if next((event for _, event, _ in ijson.parse(document)), "") == "start_array" else ""
    with _document(path, encoding) as document:
        found = any(place == records and event == "start_array" for place, event, _ in ijson.parse(document))
    if not found:
        raise SourceError(f'Expected a list at "{records}" in {path.name}, found none. Try another place in `records`.')
    return f"{records}.item"


def _first_words(error: Exception) -> str:
    said = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error).encode()
    return said.decode(errors="replace").strip().partition("\n")[0].rstrip(".")


def _number(value: Decimal) -> float | str:
    """Write a number as JSON's own where that says the same, and as text where it would be rounded."""
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


@dataclass(frozen=True)
class _Shallow:
    """A document whose brackets are counted while it is read, as UTF-8 whatever it was."""

    document: BinaryIO | TextIO

    def read(self, size: int = -1) -> bytes:
        said = self.document.read(size)
        chunk = said if isinstance(said, bytes) else said.encode()
        if chunk.count(b"[") + chunk.count(b"{") - chunk.count(b"]") - chunk.count(b"}") > DEEPEST:
            raise RecursionError("it is nested too deeply")
        return chunk


@contextmanager
def _document(path: Path, encoding: str) -> Iterator[_Shallow]:
    with opened(path) as raw:
        if encoding != "utf-8":
            yield _Shallow(io.TextIOWrapper(raw, encoding))
            return
        if raw.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            raw.seek(0)
        yield _Shallow(raw)
