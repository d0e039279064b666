"""A throw-away Postgres server for tests, started as a user who may run one and gone when the tests are over."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

PASSWORD = "s3cret/p@ss"  # noqa: S105 - of a server that lives for seconds; its signs must survive a URL
_PLACES = (*os.environ.get("PATH", "").split(os.pathsep), *map(str, Path("/usr/lib/postgresql").glob("*/bin")))
_SERVANT = "postgres" if os.getuid() == 0 else None  # the server refuses to run as root


@contextmanager
def server() -> Iterator[URL]:
    """The URL of a database `shop` on a server that runs as long as the context; skips where none is installed."""
    folder = Path(tempfile.mkdtemp(prefix="segcast-postgres-"))
    port = _free_port()
    try:
        _begin(folder, port)
        yield URL.create("postgresql", "shop", PASSWORD, "127.0.0.1", port, "postgres")
    finally:
        _run(_program("pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop", check=False)
        shutil.rmtree(folder)


def _begin(folder: Path, port: int) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if _SERVANT is not None:
        shutil.chown(folder, _SERVANT)
    data, log = str(folder / "data"), str(folder / "log")
    initial = ["--username=shop", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
    _run(_program("initdb"), "-D", data, *initial)
    told = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    _run(_program("pg_ctl"), "-D", data, "-l", log, "-o", told, "-w", "start")


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(_PLACES))
    if found is None:
        pytest.skip(f"{name} is not installed, try: apt-get install postgresql")
    return str(Path(found).resolve())


def _run(*command: str, check: bool = True) -> None:
    subprocess.run(command, check=check, user=_SERVANT, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
