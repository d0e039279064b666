"""The state of all tables together: a number, and the version of each table that belongs to it.

A commit to a single Delta table is all or nothing; a snapshot makes it so for several. A reader sees the tables at the
versions of the newest snapshot, so what a killed process wrote to some of them is not there.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.events.whole import write_whole

FOLDER = "snapshots"


@dataclass(frozen=True)
class Snapshot:
    """`versions` maps the name of each table that exists to its Delta version; number 0 is the empty store."""

    number: int
    versions: Mapping[str, int]


EMPTY = Snapshot(0, {})


def newest(store: Path) -> Snapshot:
    """Return the newest snapshot of the store in this folder."""
    written = sorted((store / FOLDER).glob("*.json"))
    return Snapshot(**json.loads(written[-1].read_text(encoding="utf-8"))) if written else EMPTY


def record(store: Path, snapshot: Snapshot) -> None:
    """Write a snapshot. It appears whole or not at all."""
    folder = store / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{snapshot.number:09d}.json", json.dumps(asdict(snapshot)))
