"""A database by its URL: opened, read in one transaction that changes nothing, and never a password in a message."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from pipeline.errors import SourceError, did_you_mean
from pipeline.settings.sources import SqlSource

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_REPEATABLE = {"postgresql", "mysql", "mariadb"}


@contextmanager
def reading(source: SqlSource, project: Path) -> Iterator[Connection]:
    """Open a source's database for one transaction, and close it; a path in its URL is relative to the project.

    Raises SourceError where the database cannot be reached, its driver is missing, or it refuses what is asked of it
    while it is open.
    """
    url = url_of(source, project)
    engine = _engine(url, source)
    try:
        with engine.connect() as connection:
            yield _only_reading(connection)
    except SQLAlchemyError as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines() or [
            type(error).__name__
        ]
        raise SourceError(
            f"source {source.name}: expected an answer from {_place(url)}, got: {_without_secrets(said[0], url)}. "
            "Try its url, its query and its columns in segcast.toml."
        ) from None  # the cause's own text may have the password


def url_of(source: SqlSource, project: Path) -> URL:
    """Return the URL with each `${NAME}` from the environment; SourceError names a variable that is not set."""
    try:
        url = make_url(_VARIABLE.sub(lambda found: _from_environment(found, source), source.url))
    except (ArgumentError, ValueError):
        raise SourceError(
            f"source {source.name}: expected a url such as postgresql://user:${{PASSWORD}}@host/database, got another. "
            "Try quoting what is not a letter or a digit in it."
        ) from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url
    path = project / url.database
    if not path.is_file():  # SQLite would make an empty database of it
        raise SourceError(f"source {source.name}: expected a SQLite database in {path}, found none. Try another url.")
    return url.set(database=str(path))


def _from_environment(found: re.Match[str], source: SqlSource) -> str:
    name = found[1]
    value = os.environ.get(name)
    if value is None:
        raise SourceError(
            f"source {source.name}: expected the environment variable {name}, which its url names, got none."
            f"{did_you_mean(name, os.environ)} Try setting it before the command."
        )
    belongs_to_a_user = "@" in found.string[found.end() :]
    return quote(value, safe="") if belongs_to_a_user else value


def _engine(url: URL, source: SqlSource) -> Engine:
    try:
        return create_engine(url, poolclass=NullPool)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise SourceError(
            f'source {source.name}: expected a driver for "{url.drivername}", found none. '
            "Try installing it, or a url that begins with postgresql:// or sqlite://."
        ) from None


def _only_reading(connection: Connection) -> Connection:
    """Let all that is read belong to one moment, and nothing be changed."""
    kind = connection.dialect.name
    if kind == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")  # Python's driver begins none before it writes
    if kind == "postgresql":
        connection = connection.execution_options(postgresql_readonly=True)
    return connection.execution_options(isolation_level="REPEATABLE READ") if kind in _REPEATABLE else connection


def _place(url: URL) -> str:
    host = "" if url.host is None else f" at {url.host}"
    return f"the {url.get_backend_name()} database {url.database}{host}"


def _without_secrets(text: str, url: URL) -> str:
    given = [url.password, *(value for name, value in url.query.items() if "pass" in name)]
    secrets = [secret for secret in given if isinstance(secret, str) and secret]
    for secret in secrets:
        text = text.replace(secret, "***")
    return text.rstrip(".")
