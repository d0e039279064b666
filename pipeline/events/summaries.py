"""What was worked out of a month of the event log, kept until the month lies in other files.

A summary is a folder of Parquet files, named after the month, the digest of its files and what it says. It appears
whole or not at all, and is never the only place of anything: whoever misses one works it out again.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from pipeline.events.months import Month, months
from pipeline.events.store import Store

FOLDER, LOCK = "summaries", ".summaries"

Tables = Mapping[str, pa.Table]


def summarised(store: Store, month: Month, what: str, make: Callable[[], Tables], names: Iterable[str]) -> Path | None:
    """Return the folder with a month's tables `<name>.parquet`, which `make` works out where they are not kept yet.

    `what` tells apart summaries that say different things, another version of their definition included. None when
    the month lies in other files by now: what was erased from it must not be kept.
    """
    place = store.folder / FOLDER / f"{month.name}-{month.digest}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
    if _is_whole(place, names):
        return place
    with _alone(store):
        if not _is_whole(place, names):  # another process may have been quicker
            if month.digest not in {one.digest for one in months(store)}:
                return None
            _write(place, make())
    return place


def sweep(store: Store) -> None:
    """Remove the summaries of months that lie in other files by now, and what a process that died has left.

    An OSError names what could not be removed.
    """
    if not store.folder.exists():
        return
    with _alone(store):  # nothing is being written, so a draft is a dead one
        current = {f"{month.name}-{month.digest}" for month in months(store)}
        for path in (store.folder / FOLDER).glob("*"):
            if path.is_dir() and path.name.rpartition("-")[0] not in current:
                shutil.rmtree(path, onerror=_unless_gone)


def _alone(store: Store) -> FileLock:
    return FileLock(store.folder / LOCK)


def _unless_gone(_function: object, _path: str, met: tuple[type[BaseException], BaseException, object]) -> None:
    if not isinstance(met[1], FileNotFoundError):
        raise met[1]


def _write(place: Path, tables: Tables) -> None:
    draft = place.with_name(f"unfinished-{uuid4().hex}")
    draft.mkdir(parents=True)
    for name, table in tables.items():
        pq.write_table(table, draft / f"{name}.parquet")
    shutil.rmtree(place, onerror=_unless_gone)  # of which a file is missing, or was cut short
    draft.rename(place)


def _is_whole(place: Path, names: Iterable[str]) -> bool:
    try:
        for name in names:
            pq.read_metadata(place / f"{name}.parquet")
    except (OSError, pa.ArrowException):
        return False
    return True
