"""Which files of a project are damaged, and whether one of them is behind an error that says nothing of it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import SegcastError, UserError
from pipeline.events.damage import Damage, damaged_summaries, tables_at
from pipeline.events.snapshot import newest
from pipeline.publish.manifest import checksum
from pipeline.publish.published import LATEST, Publication, latest

STORE, PUBLISHED, MODELS, OUTBOX = "store", "published", "mlflow.db", "outbox.db"
OF_MODELS = (
    "Put it back from a backup. Without one, move mlflow.db and mlruns away and try `segcast run`, which trains anew."
)
OF_OUTBOX = (
    "Put back a copy of it. Without one, move it away: everything is then told again, but nobody is taken back of whom "
    "only the damaged one knew."
)


class DamagedError(UserError):
    """A file of the project is damaged, which is why something else failed."""

    def __init__(self, damage: Damage, met: Exception) -> None:
        """Tell of the damage, and as what it was met."""
        super().__init__(damage, met)
        self.damage = damage
        self.met = met

    def __str__(self) -> str:
        """Say what is damaged and what to do, and what the library said that met it."""
        return f"{self.damage.sentence} (It was met as {type(self.met).__name__}.)"


def explained(folder: Path, error: Exception) -> SegcastError | None:
    """Return what a damaged file of the project says of an error that nobody expected; None where all are whole.

    All rows of the log are read for it: something is broken, so it may take its time.
    """
    try:
        found = next(damages(folder, deep=True), None)
    except SegcastError as told:
        return told
    return None if found is None else DamagedError(found, error)


def damages(folder: Path, *, deep: bool = False) -> Iterator[Damage]:
    """Yield the damaged files of a project: its models' and its outbox's database, the log, the newest publication.

    With `deep`, all rows of the log are read. A SegcastError says what of it cannot be read as a whole.
    """
    yield from damaged_databases(folder)
    yield from damaged_tables(folder / STORE, deep=deep)
    published = latest(folder / PUBLISHED)
    if published is not None:
        yield from damaged_files(published)


def damaged_tables(store: Path, *, deep: bool = False) -> Iterator[Damage]:
    """Yield the damaged files of the log; StoreError for a damaged snapshot, without which there are no tables."""
    for table in tables_at(store, newest(store)):
        yield from table.damages(deep=deep)
    yield from damaged_summaries(store, deep=deep)


def damaged_databases(folder: Path) -> Iterator[Damage]:
    """Yield the databases of a project that SQLite cannot read to the end."""
    for name, meaning, action in (
        (MODELS, "the database of the models", OF_MODELS),
        (OUTBOX, "what each destination holds", OF_OUTBOX),
    ):
        path = folder / name
        if path.exists() and (got := _wrong_with(path)):
            yield Damage(path, meaning, f"damaged ({got})", action)


def damaged_files(publication: Publication) -> Iterator[Damage]:
    """Yield the files of a publication that are not as they were published."""
    for name, entry in publication.manifest["files"].items():
        path = publication.path / name
        got = "missing" if not path.is_file() else "" if checksum(path) == entry["sha256"] else "changed"
        if got:
            yield Damage(path, "what was published", f"{got} since", _published_again(publication))


def _published_again(publication: Publication) -> str:
    """Say how to do without a publication's folder; what came before it must stay what the next is compared with."""
    folder, before = publication.path.parent, publication.manifest["previous"]
    pointer = f"write {before} into {folder / LATEST}" if before else f"remove {folder / LATEST}"
    return (
        f"Put it back from a backup. Without one, move {publication.path} away, {pointer} and try "
        f"`segcast publish --as-of {publication.as_of:%Y-%m-%dT%H:%M}Z`."
    )


def _wrong_with(path: Path) -> str:
    """Return what SQLite says is wrong with a database, empty when nothing is."""
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)
        try:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return "" if _is_busy(error) else str(error)
    return "" if said == "ok" else "it does not hold together"


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
