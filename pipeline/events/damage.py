"""Whether the files of the store are there and whole, and what to do about one that is not.

A file that was cut short, overwritten with zeros or removed is told at once by its size and by how Parquet begins and
ends. What is damaged in the middle is only found by reading all of it, see `damages`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pipeline.errors import StoreError
from pipeline.events.snapshot import Snapshot

LOG, PARQUET = "_delta_log", b"PAR1"
FORGOTTEN, SUMMARIES = "forgotten.txt", "summaries"


@dataclass(frozen=True)
class Damage:
    """A file that is not as it was written: what it should be, what it is, and what to do."""

    path: Path
    expected: str
    got: str
    action: str

    @property
    def sentence(self) -> str:
        """The same in words."""
        return f"Expected {self.expected} in {self.path}, found the file {self.got}. {self.action}"


@dataclass(frozen=True)
class Table:
    """A table of the store in the folder `store`, at a version."""

    store: Path
    name: str
    version: int

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.store / self.name

    def files(self) -> list[str]:
        """Return the Parquet files that make it up; StoreError names the first that is not there as it was written."""
        listed = self._listed()
        for damage in self._not_as_written(listed):
            raise StoreError(damage.sentence)
        return [str(path) for path, _ in listed]

    def require(self) -> None:
        """Raise a StoreError unless the log tells of this version, and of whatever was begun after it."""
        self._listed()
        for damage in self._unfinished():
            raise StoreError(damage.sentence)

    def damages(self, *, deep: bool = False) -> Iterator[Damage]:
        """Yield every file that is damaged, as far as its ends show it; with `deep`, all rows are read to see it."""
        try:
            listed = self._listed()
        except _LogError as error:
            yield error.damage
            return
        broken = list(self._not_as_written(listed))
        yield from broken
        found = {damage.path for damage in broken}
        for path, _ in listed:
            if path not in found and _is_unreadable(path, deep=deep):
                yield self._of_rows(path, "unreadable")
        yield from self._unfinished()

    def _listed(self) -> list[tuple[Path, int]]:
        """Return each file that the log names, and its size in bytes."""
        for path in self._commits():
            if path.stat().st_size == 0:  # which Delta takes for a commit that changed nothing
                raise _LogError(self._of_log(path, "empty"))
        try:
            added = pa.table(DeltaTable(self.folder, version=self.version).get_add_actions())
        except DeltaError as error:
            raise _LogError(self._unreadable_log()) from error
        sizes = zip(added["path"].to_pylist(), added["size_bytes"].to_pylist(), strict=True)
        return [(self.folder / unquote(path), size) for path, size in sizes]

    def _not_as_written(self, listed: Iterable[tuple[Path, int]]) -> Iterator[Damage]:
        for path, size in listed:
            got = _seen_from_outside(path, size)
            if got:
                yield self._of_rows(path, got)

    def _commits(self) -> list[Path]:
        """Return the commits up to this version that are there; Delta removes old ones after a checkpoint."""
        return [path for path in self._written() if int(path.stem) <= self.version]

    def _unfinished(self) -> Iterator[Damage]:
        """Yield the commits after this version, of a writer that did not end, that cannot even be undone."""
        for path in self._written():
            if int(path.stem) > self.version and not _is_json_lines(path):
                action = "Remove that file: the change never became part of the event log."
                yield Damage(path, f"a change of the table {self.name}", "damaged", action)

    def _written(self) -> list[Path]:
        return sorted(path for path in (self.folder / LOG).glob("*.json") if path.stem.isdigit())

    def _unreadable_log(self) -> Damage:
        commits = self._commits()
        last = self.folder / LOG / f"{self.version:020d}.json"
        if last not in commits:
            return self._of_log(last, "missing")
        broken = next((path for path in commits if not _is_json_lines(path)), None)
        return self._of_log(broken or self.folder / LOG, "damaged" if broken else "incomplete")

    def _of_log(self, path: Path, got: str) -> Damage:
        return Damage(path, f"the log of the table {self.name}", got, _restored(self.store))

    def _of_rows(self, path: Path, got: str) -> Damage:
        return Damage(path, f"rows of the table {self.name}", got, _restored(self.store))


class _LogError(StoreError):
    """A table's log cannot be read."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage)
        self.damage = damage

    def __str__(self) -> str:
        return self.damage.sentence


def tables_at(store: Path, snapshot: Snapshot) -> tuple[Table, ...]:
    """Return the tables of a snapshot."""
    return tuple(Table(store, name, version) for name, version in snapshot.versions.items())


def damaged_summaries(store: Path, *, deep: bool = False) -> Iterator[Damage]:
    """Yield the summaries of the log that cannot be read; they hold nothing that the log does not."""
    for path in sorted((store / SUMMARIES).glob("[0-9]*/*.parquet")):  # beside them lie drafts
        if _is_unreadable(path, deep=deep):
            yield Damage(path, "a summary of the event log", "unreadable", f"Remove {path.parent}: it is made again.")


def _is_unreadable(path: Path, *, deep: bool) -> bool:
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches() if deep else ():
                pass
    except (OSError, pa.ArrowException):
        return True
    return False


def _seen_from_outside(path: Path, size: int) -> str:
    """Return what is wrong with a Parquet file's size and ends; empty when nothing is."""
    try:
        there = path.stat().st_size
        with path.open("rb") as file:
            begins = file.read(len(PARQUET))
            file.seek(-min(len(PARQUET), there), 2)
            ends = file.read()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable ({error.strerror})"
    if there != size:
        return f"damaged ({there:,} bytes instead of {size:,})"
    return "" if begins == ends == PARQUET else "damaged (it is no Parquet any more)"


def _is_json_lines(path: Path) -> bool:
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return False
    return bool(lines)


def _restored(store: Path) -> str:
    kept = f" with {FORGOTTEN} out of it in its place" if (store / FORGOTTEN).exists() else ""
    return (
        f"Put the file back from a backup. Without one, move {store} away{kept} and try `segcast ingest`, "
        "which reads every file of the sources again."
    )
