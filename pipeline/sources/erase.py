"""Taking a person out of the files that a shop's sources read, so that they are in no file of the project."""

import csv
import gzip
import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import SourceError
from pipeline.events.forget import purge
from pipeline.events.person import Person
from pipeline.events.store import Store
from pipeline.events.tables import INGESTS
from pipeline.settings.sources import AnySource, FileSource, SegmentSource
from pipeline.sources import erase_parquet, erase_text
from pipeline.sources.erase_text import Layout
from pipeline.sources.files import digest_of_file, matching
from pipeline.sources.reading import kind_of

LARGEST_DOCUMENT = 64 * 2**20
UNREADABLE = (csv.Error, zlib.error, gzip.BadGzipFile, EOFError, ValueError, pa.ArrowException)


@dataclass(frozen=True)
class FilesErased:
    """Rows taken out by file, what may still name the person (files left alone, and databases), and all files seen."""

    rows: Mapping[str, int] = field(default_factory=dict)
    still: tuple[str, ...] = ()
    looked_at: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class _File:
    path: Path
    sources: tuple[FileSource, ...]
    project: Path

    @property
    def is_ours(self) -> bool:
        """Whether it lies in the project folder, itself and not by a link; all else is not ours to change."""
        return self.path.resolve().is_relative_to(self.project.resolve())

    @property
    def shown(self) -> str:
        """The path as the project's people know it."""
        return self.path.relative_to(self.project).as_posix() if self.is_ours else str(self.path)

    @property
    def kind(self) -> str:
        """What it is read as: csv, lines, document or parquet; what nobody reads is taken for a document."""
        try:
            return kind_of(self.path)
        except SourceError:
            return "document"

    @property
    def layout(self) -> Layout:
        """How its text is read; of several sources that read it, the first one's words count, and all columns."""
        first = self.sources[0]
        columns = tuple(pair for source in self.sources for pair in source.columns.items())
        return Layout(
            first.encoding, first.delimiter, first.pattern, first.skip_lines, columns, lines=self.kind == "lines"
        )


def erase_from_files(store: Store, sources: Sequence[AnySource], project: Path, person: Person) -> FilesErased:
    """Take the person's rows out of every file that the sources read and that lies in the project folder.

    The other rows of CSV and JSON lines stay byte by byte, those of Parquet in the same schema and compression. Each
    file is replaced whole or not at all, and stays known to the store, so that it is not read again. JSON documents,
    broken files, and files and databases elsewhere are left alone and named if they may hold the person.
    """
    rows: dict[str, int] = {}
    still = [f"the database of source {source.name}" for source in sources if not isinstance(source, FileSource)]
    files = tuple(_files(sources, project))
    for file in files:
        removed, named_yet = _erase_from(store, file, person)
        if removed:
            rows[file.shown] = removed
        if named_yet:
            still.append(file.shown)
    if rows:
        purge(store)
    return FilesErased(rows, tuple(still), frozenset(file.path for file in files))


def _files(sources: Sequence[AnySource], project: Path) -> Iterator[_File]:
    readers: dict[Path, list[FileSource]] = {}
    for source in sources:
        if isinstance(source, FileSource):
            for path in _paths(source, project):
                readers.setdefault(path, []).append(source)
    for path, reading in sorted(readers.items()):
        yield _File(path, tuple(reading), project)


def _paths(source: FileSource, project: Path) -> Iterator[Path]:
    patterns = (*source.files, *(source.details if isinstance(source, SegmentSource) else ()))
    for pattern in dict.fromkeys(patterns):
        try:
            yield from matching(pattern, project, source.name)
        except SourceError:
            # An export that was cleared away names nobody.
            continue


def _erase_from(store: Store, file: _File, person: Person) -> tuple[int, bool]:
    """Return how many rows were taken out of a file, and whether it may still name the person."""
    try:
        if file.kind != "parquet" and not erase_text.names_person(file.path, person, file.layout.encoding):
            return 0, False
        if file.kind == "document":
            return 0, _is_in_document(file.path, person)
        if not file.is_ours:
            return 0, _rewrite(file, Path(os.devnull), person) > 0
        return _replace(store, file, person), _is_mentioned(file, person)
    except UNREADABLE:
        # Broken as it is, it cannot be told apart into rows.
        return 0, True


def _replace(store: Store, file: _File, person: Person) -> int:
    fresh = file.path.with_name(f".{file.path.name}.forgetting")
    try:
        removed = _rewrite(file, fresh, person)
        if removed:
            _put_in_place(store, file, fresh)
    finally:
        fresh.unlink(missing_ok=True)
    return removed


def _rewrite(file: _File, fresh: Path, person: Person) -> int:
    """Write the file without the person's rows to `fresh`, and count those rows."""
    if file.kind != "parquet":
        return erase_text.erase_rows(file.path, fresh, person, file.layout)
    removed = erase_parquet.count_rows(file.path, person, file.layout.holders)
    if removed and file.is_ours:
        erase_parquet.erase_rows(file.path, fresh, person, file.layout.holders)
    return removed


def _put_in_place(store: Store, file: _File, fresh: Path) -> None:
    shutil.copymode(file.path, fresh)
    _flush(fresh)
    # Known before it is there: a process that dies in between leaves a file that is at worst read again.
    _know(store, file, digest_of_file(file.path), digest_of_file(fresh))
    fresh.replace(file.path)
    _flush(file.path.parent)


def _know(store: Store, file: _File, before: str, after: str) -> None:
    """Let the ingest know the file's new content in place of the old."""
    names = [source.name for source in file.sources]
    with store.writing() as change:
        told = store.engine.to_pyarrow(store.read(INGESTS).filter(lambda ingests: ingests.source.isin(names)))
        known = told.cast(INGESTS.schema)
        old, new = (known.filter(pc.equal(known["digest"], digest)) for digest in (before, after))
        if old.num_rows:
            change.delete(INGESTS, old.select(list(INGESTS.key)))
            place = INGESTS.columns.index("digest")
            renamed = old.set_column(place, INGESTS.schema.field("digest"), pa.array([after] * old.num_rows))
            change.append(
                INGESTS, renamed.filter(pc.invert(pc.is_in(renamed["source"], new["source"].combine_chunks())))
            )


def _is_mentioned(file: _File, person: Person) -> bool:
    """Tell whether a text file still holds a telling value, within a longer text."""
    told = Person(person.telling)
    return file.kind != "parquet" and bool(told.ids) and erase_text.names_person(file.path, told, file.layout.encoding)


def _is_in_document(path: Path, person: Person) -> bool:
    if path.stat().st_size > LARGEST_DOCUMENT:
        return True
    with erase_text.opened(path) as document:
        return person.is_in(json.load(document))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
