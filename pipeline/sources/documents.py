"""JSON documents as JSON lines, record by record, so that memory does not grow with the document."""

import gzip
import json
import tempfile
from pathlib import Path

import ijson

from pipeline.errors import SourceError
from pipeline.sources.opening import opened


def as_json_lines(path: Path, records: str | None, folder: Path) -> Path:
    """Write the records of a JSON document into a file of `folder`, one a line, and return it.

    `records` is the list's place in the document, such as "orders"; without one the document is a list, or one record.
    Raises SourceError where the document is broken or has no records there.
    """
    prefix = f"{records}.item" if records else _top(path)
    try:
        with (
            opened(path) as document,
            tempfile.NamedTemporaryFile("w", dir=folder, suffix=".jsonl", delete=False, encoding="utf-8") as lines,
        ):
            for record in ijson.items(document, prefix, use_float=True):
                lines.write(json.dumps(record) + "\n")
    except (ijson.JSONError, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise SourceError(
            f"Expected a whole JSON document, got {path.name}: {error}. Try exporting it again, or JSON lines."
        ) from error
    return Path(lines.name)


def _top(path: Path) -> str:
    with opened(path) as document:
        first = next((event for _, event, _ in ijson.parse(document)), "")
    return "item" if first == "start_array" else ""
