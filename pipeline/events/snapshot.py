"""The state of all tables together: a number, and the version of each table that belongs to it.

A commit to a single Delta table is all or nothing; a snapshot makes it so for several. A reader sees the tables at the
versions of the newest snapshot, so what a killed process wrote to some of them is not there.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.events.whole import write_whole

FOLDER = "snapshots"


@dataclass(frozen=True)
class Snapshot:
    """`versions` maps the name of each table that exists to its Delta version; number 0 is the empty store."""

    number: int
    versions: Mapping[str, int]


EMPTY = Snapshot(0, {})


def newest(store: Path) -> Snapshot:
    """Return the newest snapshot of the store in this folder; StoreError names one that is damaged."""
    written = sorted((store / FOLDER).glob("*.json"))
    return _read(written[-1]) if written else EMPTY


def _read(path: Path) -> Snapshot:
    """Return the snapshot in a file; StoreError when it is damaged."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Snapshot(int(told["number"]), {str(name): int(version) for name, version in told["versions"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"Expected a snapshot of the event log in {path}, found the file damaged. Try removing it and "
            "`segcast ingest`: the log is then as it was before the last change to it, and new files are read again."
        ) from error


def record(store: Path, snapshot: Snapshot) -> None:
    """Write a snapshot. It appears whole or not at all."""
    folder = store / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{snapshot.number:09d}.json", json.dumps(asdict(snapshot)))
