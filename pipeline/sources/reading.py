"""Reading files: CSV, text taken apart by a pattern, JSON lines, JSON documents and Parquet, plain or compressed.

Whatever a file is, it becomes lines: a table with `line`, the number of each row from 1, and `unread`, which says why a
row could not be taken apart and is null where it could. What DuckDB's reader itself gives up on (too many columns, text
that is in no known encoding) is kept by it in a table of its own, see `take_rejects`.
"""

import re
from pathlib import Path
from typing import TypeGuard

import ibis

from pipeline.errors import SourceError
from pipeline.settings.sources import FileSource, SourceSettings
from pipeline.sources.documents import as_json_lines
from pipeline.sources.headers import header_among
from pipeline.sources.json_text import RAW, is_object
from pipeline.sources.mapped import LINE
from pipeline.sources.opening import delimiter_of, header_of
from pipeline.sources.rejects import SCANS, TABLE
from pipeline.sources.scratch import Scratch

UNREAD, TEXT = "unread", "text"
# DuckDB takes sixteen times as much memory for a compressed file.
LONGEST_LINE = 12 * 2**20
BROKEN_JSON = "broken JSON"
NO_MATCH = "does not match the pattern"

_KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".log": "csv",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "document",
    ".parquet": "parquet",
}


def kind_of(path: Path) -> str:
    """Return "csv", "lines", "document" or "parquet" by a file's name; SourceError for any other."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = _KINDS.get(suffixes[-1] if suffixes else "")
    if kind is None:
        raise SourceError(
            f"Expected a file that ends in {', '.join(_KINDS)}, or in one of them and .gz, got {path.name}. "
            "Try another pattern in `files`."
        )
    return kind


def read_table(scratch: Scratch, path: Path, source: FileSource) -> ibis.Table:
    """Return the file's columns under their own names: text, or in Parquet what they are."""
    if source.pattern is not None:
        return _apart(read_text(scratch, path, source), source.pattern)
    if kind_of(path) == "parquet":
        table = scratch.engine.read_parquet(path, file_row_number=True)
        numbered = table.mutate(**{LINE: table.file_row_number + 1, UNREAD: ibis.null("string")})
        return numbered.drop("file_row_number")
    names = header_of(path, source)
    table = _read_csv(scratch, path, source, names, header=True)
    return _numbered(table).mutate(**{UNREAD: header_among(table, names)})


def read_json(scratch: Scratch, path: Path, source: FileSource, records: str | None = None) -> ibis.Table:
    """Return each record as JSON text in `raw`, null where it is no object, and as it came in `text`.

    `records` is where a JSON document has its list of records, unless the source's settings say otherwise.
    """
    match kind_of(path):
        case "parquet" | "csv":
            table = read_table(scratch, path, source)
            fields = {name: table[name] for name in table.columns if name not in {LINE, UNREAD}}
            return table.select(LINE, UNREAD, **{RAW: ibis.struct(fields).cast("json").cast("string")})
        case "document":
            path = as_json_lines(path, source.records or records, scratch.folder, source.encoding)
            source = source.model_copy(update={"encoding": "utf-8", "skip_lines": 0})
    lines = read_text(scratch, path, source)
    fine = is_object(lines[RAW])
    unread = ibis.ifelse(fine, ibis.null("string"), ibis.literal(BROKEN_JSON))
    return lines.mutate(**{RAW: ibis.ifelse(fine, lines[RAW], ibis.null("string")), UNREAD: unread, TEXT: lines[RAW]})


def read_text(scratch: Scratch, path: Path, source: FileSource) -> ibis.Table:
    """Return each line of a text file in `raw`; empty lines are none."""
    numbered = _numbered(_read_csv(scratch, path, source, [RAW], header=False, delim="", quote="", escape=""))
    return numbered.filter(numbered[RAW].notnull())


def is_table_of_text(path: Path, source: SourceSettings) -> TypeGuard[FileSource]:
    """Tell a CSV from everything else."""
    return isinstance(source, FileSource) and source.pattern is None and kind_of(path) == "csv"


def lines_before(path: Path, source: SourceSettings) -> int:
    """Return how many lines of a text file come before its first row: those to skip, and a header."""
    return (source.skip_lines if isinstance(source, FileSource) else 0) + is_table_of_text(path, source)


def _numbered(table: ibis.Table) -> ibis.Table:
    return table.mutate(**{LINE: ibis.row_number() + 1})


def _read_csv(
    scratch: Scratch, path: Path, source: FileSource, names: list[str], *, header: bool, **dialect: str
) -> ibis.Table:
    told = {"delim": delimiter_of(path, source), "quote": '"', "escape": '"', **dialect}
    return scratch.engine.read_csv(
        path,
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
        header=header,
        skip=source.skip_lines,
        encoding=source.encoding,
        compression="gzip" if path.suffix.lower() == ".gz" else "none",
        max_line_size=LONGEST_LINE,
        store_rejects=True,
        rejects_table=TABLE,
        rejects_scan=SCANS,
        **told,
    )


def _apart(lines: ibis.Table, pattern: str) -> ibis.Table:
    groups = {name: lines[RAW].re_extract(pattern, index) for name, index in re.compile(pattern).groupindex.items()}
    matches = lines[RAW].re_search(pattern)
    unread = ibis.ifelse(matches, ibis.null("string"), ibis.literal(NO_MATCH))
    return lines.select(LINE, RAW, **groups, **{UNREAD: unread})
