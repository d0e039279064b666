"""The files of a source."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.events.tables import DATA_TABLES, EVENTS, Contract
from pipeline.settings import ColumnsSource, OrderLinesSource

AnySource = ColumnsSource | OrderLinesSource


@dataclass(frozen=True)
class SourceFile:
    """A file, known by the SHA-256 `digest` of its content."""

    source: AnySource
    path: Path
    digest: str

    @property
    def identity(self) -> tuple[str, str]:
        """What tells that a file was ingested before: its source's name, and its content."""
        return self.source.name, self.digest

    @property
    def contract(self) -> Contract:
        """The table that its rows belong to."""
        return DATA_TABLES[self.source.table] if isinstance(self.source, ColumnsSource) else EVENTS


def find_files(source: AnySource, project: Path) -> Iterator[SourceFile]:
    """Yield the files that match a source's pattern, in order of their paths; SourceError when there are none."""
    anchor, pattern = (Path("/"), source.files[1:]) if Path(source.files).is_absolute() else (project, source.files)
    paths = sorted(path for path in anchor.glob(pattern) if path.is_file())
    if not paths:
        raise SourceError(
            f'source {source.name}: expected a file matching "{source.files}" in {project}, found none. '
            "Try a path relative to the project folder, such as data/*.csv."
        )
    for path in paths:
        with path.open("rb") as content:
            yield SourceFile(source, path, hashlib.file_digest(content, "sha256").hexdigest())
