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

from pipeline.events.months import Month, months
from pipeline.events.store import Store

FOLDER = "summaries"

Tables = Mapping[str, pa.Table]


def summarised(store: Store, month: Month, what: str, make: Callable[[], Tables], names: Iterable[str]) -> Path:
    """Return the folder with a month's tables `<name>.parquet`, which `make` works out where they are not kept yet.

    `what` tells apart summaries that say different things, another version of their definition included.
    """
    place = store.folder / FOLDER / f"{month.name}-{month.digest}-{hashlib.sha256(what.encode()).hexdigest()[:8]}"
    if not _is_whole(place, names):
        _write(place, make())
    return place


def sweep(store: Store) -> None:
    """Remove the summaries of months that lie in other files by now, and what a process that died has left."""
    current = {f"{month.name}-{month.digest}" for month in months(store)}
    for path in (store.folder / FOLDER).glob("*"):  # also what another process is writing: it writes that again
        if path.name.rpartition("-")[0] not in current:
            shutil.rmtree(path, ignore_errors=True)


def _write(place: Path, tables: Tables) -> None:
    draft = place.with_name(f"unfinished-{uuid4().hex}")
    draft.mkdir(parents=True)
    for name, table in tables.items():
        pq.write_table(table, draft / f"{name}.parquet")
    if _is_whole(place, tables):
        shutil.rmtree(draft)  # another process was quicker
    else:
        shutil.rmtree(place, ignore_errors=True)  # somebody took a file out of it
        draft.rename(place)


def _is_whole(place: Path, names: Iterable[str]) -> bool:
    return all((place / f"{name}.parquet").is_file() for name in names)
