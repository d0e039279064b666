"""A throw-away Postgres server for tests; they are skipped where none is installed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL

from benchmarks import postgres_server
from benchmarks.postgres_server import PASSWORD, NotInstalledError

__all__ = ["PASSWORD", "server"]


@contextmanager
def server() -> Iterator[URL]:
    """The URL of a database `shop` on a server that runs as long as the context; skips where none is installed."""
    try:
        with postgres_server.server("fsync=off") as url:
            yield url
    except NotInstalledError as missing:
        pytest.skip(str(missing))
