"""A throw-away Postgres server, started as a user who may run one and gone when it is no longer needed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

PASSWORD = "s3cret/p@ss"  # noqa: S105 - of a server that lives for seconds; its signs must survive a URL
_PLACES = (*os.environ.get("PATH", "").split(os.pathsep), *map(str, Path("/usr/lib/postgresql").glob("*/bin")))
_SERVANT = "postgres" if os.getuid() == 0 else None  # the server refuses to run as root


class NotInstalledError(Exception):
    """There is no Postgres on this machine."""


@contextmanager
def server(*options: str) -> Iterator[URL]:
    """Yield the URL of a database on a server that runs as long as the context, with such options as `fsync=off`.

    NotInstalledError where there is none.
    """
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="segcast-postgres-"))
    try:
        port = _free_port()
        _begin(initdb, pg_ctl, folder, port, options)
        yield URL.create("postgresql", "shop", PASSWORD, "127.0.0.1", port, "postgres")
    finally:
        _run(pg_ctl, "-D", str(folder / "data"), "-m", "immediate", "stop", check=False)
        shutil.rmtree(folder)


def _begin(initdb: str, pg_ctl: str, folder: Path, port: int, options: tuple[str, ...]) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if _SERVANT is not None:
        shutil.chown(folder, _SERVANT)
    data, log = str(folder / "data"), str(folder / "log")
    initial = ["--username=shop", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
    _run(initdb, "-D", data, *initial)
    told = " ".join([f"-p {port} -h 127.0.0.1 -k {folder}", *(f"-c {option}" for option in options)])
    _run(pg_ctl, "-D", data, "-l", log, "-o", told, "-w", "start")


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(_PLACES))
    if found is None:
        raise NotInstalledError(f"{name} is not installed, try: apt-get install postgresql")
    return str(Path(found).resolve())


def _run(*command: str, check: bool = True) -> None:
    subprocess.run(  # noqa: S603 - the server's own programs
        command, check=check, user=_SERVANT, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
