"""The outbox's file: opened by one sync at a time, and every way in which it can fail in one sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError

from pipeline.errors import DestinationError
from pipeline.publish.destinations.outbox.tables import METADATA

APPLICATION_ID, VERSION = 98961015, 1  # as in MARKS
WAIT_SECONDS = 10.0
HABITS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a batch that was told and not written down would be told twice
    "PRAGMA secure_delete = ON",  # who was taken back everywhere leaves no trace
    "PRAGMA temp_store = MEMORY",
)
MARKS = ("PRAGMA application_id = 98961015", "PRAGMA user_version = 1")


@contextmanager
def one_at_a_time(path: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the outbox; DestinationError where another sync does and does not let go for so long."""
    try:
        held = FileLock(path.with_name(f"{path.name}.lock")).acquire(timeout=wait_seconds)
    except Timeout:
        raise DestinationError(
            f"Expected {path.name} to be free, but another sync is under way in this project. "
            "Try again when that one is over."
        ) from None
    except OSError as cause:
        raise DestinationError(
            f"Expected to write in {path.parent}, but {cause.strerror or cause}. Check the folder and its permissions."
        ) from cause
    with held:
        yield


@contextmanager
def writable(path: Path) -> Iterator[Engine]:
    """Open or make the outbox at `path`."""
    with _explained(path), _engine(_address(path)) as looking:
        _check(looking, path)  # before anything is set that would change somebody else's file
        looking.dispose()
        with _engine(_address(path)) as engine:
            event.listen(engine, "connect", _prepare)
            with engine.begin() as connection:
                for mark in MARKS:
                    connection.execute(text(mark))
            METADATA.create_all(engine)
            yield engine


@contextmanager
def readable(path: Path) -> Iterator[Engine]:
    """Open the outbox at `path` and change nothing; an empty one where there is none yet."""
    there = path.exists()
    with _explained(path), _engine(_address(path, reading=True) if there else URL.create("sqlite")) as engine:
        if there:
            _check(engine, path)
        else:
            METADATA.create_all(engine)
        yield engine


@contextmanager
def _engine(address: URL) -> Iterator[Engine]:
    engine = create_engine(address)
    try:
        yield engine
    finally:
        engine.dispose()


def _address(path: Path, *, reading: bool = False) -> URL:
    if not reading:
        return URL.create("sqlite", database=str(path))
    return URL.create("sqlite", database=f"file:{quote(str(path.resolve()))}", query={"mode": "ro", "uri": "true"})


def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's connection
    cursor = connection.cursor()
    for habit in HABITS:
        cursor.execute(habit)
    cursor.close()


def _check(engine: Engine, path: Path) -> None:
    """Refuse a database that is somebody else's or of another version."""
    with engine.connect() as connection:
        made_by = connection.execute(text("PRAGMA application_id")).scalar_one()
        version = connection.execute(text("PRAGMA user_version")).scalar_one()
        tables = connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()
    if tables and (made_by, version) != (APPLICATION_ID, VERSION):
        raise DestinationError(
            f"Expected {path} to be an outbox of this version, but it is another database. Move it out of the way."
        )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as cause:
        raise DestinationError(_sentence(path, cause.orig)) from cause


def _sentence(path: Path, cause: BaseException | None) -> str:
    if isinstance(cause, sqlite3.OperationalError):
        return (
            f"Expected to write {path}, but {cause}. Check its permissions and that the disk has room, and sync again."
        )
    return (
        f"Expected {path} to be an outbox, but it is damaged ({cause}). Put back a copy of it; without one, move it "
        "away: everything is then told again, but nobody is taken back of whom only the damaged one knew."
    )
