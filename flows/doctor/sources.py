"""Whether the files and databases that a shop's sources name can be read."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows.doctor.said import amiss, fine, told
from flows.project import Project
from pipeline.errors import SegcastError
from pipeline.events.quality.finding import Finding
from pipeline.settings.sources import AnyFileSource, AnySource, SqlSource
from pipeline.sources.database import url_of
from pipeline.sources.files import matching


def sources(project: Project, at: datetime) -> Iterator[Finding]:
    """Yield a finding for each source, as it looks at the moment `at`."""
    if not project.settings.sources:
        yield amiss("sources", "segcast.toml names none.", "Add one, [[sources]], as `segcast init` shows it.")
    for source in project.settings.sources:
        try:
            yield _looked_at(source, project.folder, at)
        except SegcastError as error:
            yield told(f"source {source.name}", error)
        except OSError as error:
            yield _out_of_reach(source, error)


def _looked_at(source: AnySource, folder: Path, at: datetime) -> Finding:
    if isinstance(source, SqlSource):
        address = url_of(source, folder).render_as_string(hide_password=True)
        return fine(f"source {source.name}", f"It reads {address}, which was not asked now.")
    return _files(source, folder, at)


def _out_of_reach(source: AnySource, error: OSError) -> Finding:
    sentence = f"{error.filename} cannot be looked at: {error.strerror}."
    action = "Let this user read it, and search the folders above it."
    return amiss(f"source {source.name}", sentence, action, severe=True)


def _files(source: AnyFileSource, folder: Path, at: datetime) -> Finding:
    about = f"source {source.name}"
    files = {path for pattern in source.files for path in matching(pattern, folder, source.name)}
    locked = sorted(path for path in files if not os.access(path, os.R_OK))
    if locked:
        return amiss(about, f"{locked[0]} may not be read by this user.", f"chmod u+r {locked[0]}", severe=True)
    newest = max(files, key=lambda path: path.stat().st_mtime)
    days = (at - datetime.fromtimestamp(newest.stat().st_mtime, UTC)).days
    count = f"{len(files):,} files, the newest" if len(files) > 1 else "One file,"
    age = "from today" if days < 1 else f"{days} days old" if days > 1 else "one day old"
    return fine(about, f"{count} {newest.name}, {age}.", files=len(files), newest_days=days)
