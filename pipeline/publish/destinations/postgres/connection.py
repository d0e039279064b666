"""A transaction at a Postgres database, and every failure of one in a sentence without its password."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from pipeline.errors import DestinationError, SettingsError

DRIVER = "postgresql+psycopg"
NAMES = ("postgres", "postgresql", DRIVER)
TO_CONNECT_SECONDS = 20
UNANSWERED_MS = 60_000  # after which a connection counts as lost


def postgres_url(name: str, text: str) -> URL:
    """Return the URL of a destination's database; SettingsError where it is none, without repeating it."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in NAMES or not url.host:
        raise SettingsError(
            f'The url of destination "{name}" was expected as postgresql://user:password@host/database, but is '
            "something else. Quote what is neither a letter nor a digit in the password as in a URL."
        )
    return url.set(drivername=DRIVER)


@contextmanager
def transaction(name: str, url: URL, *, rehearsed: bool = False) -> Iterator[Connection]:
    """Open a transaction that is committed at the end, or undone where it is `rehearsed` or fails.

    DestinationError where the database cannot be reached, is lost, or refuses what is asked of it.
    """
    defaults = {"connect_timeout": TO_CONNECT_SECONDS, "tcp_user_timeout": UNANSWERED_MS, "application_name": "segcast"}
    told = {key: value for key, value in defaults.items() if key not in url.query}
    engine = create_engine(url, poolclass=NullPool, connect_args={**told, "client_encoding": "utf8"})
    try:
        with engine.connect() as connection, connection.begin() as work:
            yield connection
            if rehearsed:
                work.rollback()
    except (SQLAlchemyError, psycopg.Error) as error:
        raise DestinationError(_sentence(name, url, error)) from None  # the cause's own text may have the password


def _sentence(name: str, url: URL, error: Exception) -> str:
    said = _first_line(error)
    if url.password:
        said = said.replace(str(url.password), "***")
    return (
        f'Expected the database {url.database} at {url.host} to take over a publication for destination "{name}", '
        f"but it says: {said}. Nothing has changed there. Check its address, its room and the user's rights, "
        "then sync again."
    )


def _first_line(error: Exception) -> str:
    """Return what the database says in short; what it says in detail may show a row."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    diagnosis = cause.diag.message_primary if isinstance(cause, psycopg.Error) else None
    lines = (diagnosis or str(cause)).strip().splitlines() or [type(cause).__name__]
    return lines[0].rstrip(".")
