"""What there is to read of each source: its files, or what its database has to say."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.settings.sources import AnySource, SqlSource
from pipeline.sources.files import Portion, digest_of_file, find_files
from pipeline.sources.loads import Loads
from pipeline.sources.scratch import Scratch
from pipeline.sources.sql import fetch


def portions(scratch: Scratch, sources: Sequence[AnySource], project: Path, before: Loads) -> list[Portion]:
    """Return the portions of all sources, in their order; what lies in a database is fetched for it.

    Raises SourceError where a pattern has no file, or a database does not answer.
    """
    found: list[Portion] = []
    for number, source in enumerate(sources):
        match source:
            case SqlSource():
                path = scratch.folder / f"fetched-{number}.parquet"
                found.append(_fetched(source, project, path, before.cursor(source)))
            case _:
                found.extend(find_files(source, project))
    return found


def _fetched(source: SqlSource, project: Path, path: Path, since: str | None) -> Portion:
    told = fetch(source, project, path, since)
    return Portion(source, source.from_table or "query", digest_of_file(path), path, told.cursor, told.again)
