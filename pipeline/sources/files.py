"""The files of a source."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceError
from pipeline.settings.sources import AnyFileSource, AnySource, SourceSettings


@dataclass(frozen=True)
class Portion:
    """What is read in one go: a file, known by the SHA-256 `digest` of its content.

    What was fetched from a database is a file of its own, for which `cursor` says where the next fetch goes on, and
    `read_before` how many of its rows were fetched before too. `project` is the folder that patterns start from.
    """

    source: AnySource
    name: str
    digest: str
    path: Path
    cursor: str | None = None
    read_before: int = 0
    project: Path = Path()

    @property
    def settings(self) -> str:
        """The SHA-256 digest of the source's settings."""
        return digest_of_settings(self.source)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells that it was ingested before: its source's name, its content, and how that was read."""
        return self.source.name, self.digest, self.settings


def find_files(source: AnyFileSource, project: Path) -> Iterator[Portion]:
    """Yield the files that match a source's patterns, in order of their paths; SourceError where a pattern has none."""
    paths = sorted({path for pattern in source.files for path in matching(pattern, project, source.name)})
    for path in paths:
        yield Portion(source, path.name, digest_of_file(path), path, project=project)


def matching(pattern: str, project: Path, name: str) -> list[Path]:
    """Return the files at a path, in a folder or behind a pattern; SourceError where there are none."""
    anchor, relative = (Path("/"), pattern[1:]) if pattern.startswith("/") else (project, pattern)
    folder = anchor / relative
    found = folder.glob("**/*") if folder.is_dir() else anchor.glob(relative)
    paths = [path for path in found if path.is_file() and not path.name.startswith(".")]
    if not paths:
        raise SourceError(
            f'source {name}: expected a file matching "{pattern}" in {project}, found none. '
            "Try a path relative to the project folder, such as data/*.csv."
        )
    return paths


def digest_of_settings(source: SourceSettings) -> str:
    """Return the SHA-256 digest of all that a source's settings say."""
    return hashlib.sha256(source.model_dump_json().encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 digest of a file's content."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
