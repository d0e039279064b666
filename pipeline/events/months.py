"""The months of the event log: the files that each lies in, and the instants between which these reach.

Files never change: what is added or taken out makes new ones. So whatever was worked out of a month holds for as long
as the month lies in the same files. What they reach to is read from the table's own notes, without opening any.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from deltalake import DeltaTable

from pipeline.events.layout import MONTH
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS


@dataclass(frozen=True)
class Month:
    """One month in UTC by its `name`, such as 2026-06: all files that hold events which occurred in it.

    `first` and `last` are the instants of its first and last event, `arrived` when the latest of them arrived.
    """

    name: str
    files: tuple[str, ...]
    first: datetime
    last: datetime
    arrived: datetime

    def is_known(self, as_of: datetime) -> bool:
        """Say whether all of its events had both occurred and arrived before a moment."""
        return self.last < as_of and self.arrived < as_of

    @cached_property
    def digest(self) -> str:
        """What changes whenever its events do."""
        names = "\n".join(sorted(Path(file).name for file in self.files))
        return hashlib.sha256(names.encode()).hexdigest()[:16]

    def events(self, store: Store) -> ibis.Table:
        """Return its events as they rest, under the ids that sources told."""
        return store.engine.read_parquet(list(self.files)).select(*EVENTS.columns)


def months(store: Store) -> tuple[Month, ...]:
    """Return the months that have events, in order; StoreError names a damaged file."""
    version = store.snapshot.versions.get(EVENTS.name)
    if version is None or not store.files(EVENTS):
        return ()
    folder = store.folder.resolve() / EVENTS.name
    added = pa.table(DeltaTable(folder, version=version).get_add_actions(flatten=True)).to_pylist()
    by_month = sorted(added, key=lambda one: (one[f"partition.{MONTH}"], one["path"]))
    together = groupby(by_month, key=lambda one: str(one[f"partition.{MONTH}"]))
    return tuple(_month(name, folder, list(files)) for name, files in together)


def _month(name: str, folder: Path, files: Iterable[dict[str, Any]]) -> Month:
    told = list(files)
    return Month(
        name=name,
        files=tuple(str(folder / one["path"]) for one in told),
        first=min(one["min.occurred_at"] for one in told),
        last=max(one["max.occurred_at"] for one in told),
        arrived=max(one["max.received_at"] for one in told),
    )
