"""One night at a time in a project: a lock that the system lets go of when the process dies, however it dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from flows.night.runs import NIGHT, RUNS, last_unfinished
from flows.project import Project
from pipeline.errors import UserError

LOCK, HOLDER = ".lock", ".holder"
A_MOMENT_S = 1.0  # `segcast status` holds the lock for an instant to see whether it is free


class UnderWayError(UserError):
    """Another night is under way in this project."""


@contextmanager
def one_night(project: Project, *, wait: bool = False, work: str = "") -> Iterator[None]:
    """Hold the project for this night; UnderWayError when another one does, unless this one is to `wait` for it.

    `work` is what the others are told holds it, where that is no night.
    """
    folder = project.folder / RUNS
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=-1 if wait else A_MOMENT_S)
    try:
        lock.acquire()
    except Timeout as taken:
        raise UnderWayError(_refusal(project)) from taken
    try:
        held_by = f"{work} is under way: process {os.getpid()}" if work else ""
        (folder / HOLDER).write_text(held_by, encoding="utf-8")
        yield
    finally:
        lock.release()


def is_under_way(project: Project, work: str = NIGHT) -> bool:
    """Say whether a night holds the project now, or a certain other work."""
    path = project.folder / RUNS / LOCK
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        holder = _holder(project)
        return not holder if work == NIGHT else holder.startswith(f"a {work} ")


def _refusal(project: Project) -> str:
    work, holder = _holder(project), last_unfinished(project.folder)
    since = f"{holder.run_id}, process {holder.process}, since {holder.began:%Y-%m-%d %H:%M} UTC" if holder else "now"
    return (
        f"Expected no other night in {project.folder}, but {work or f'one is under way: {since}'}. "
        "Wait for it (`segcast run --wait`), or see `segcast status`."
    )


def _holder(project: Project) -> str:
    """Return what holds the project where that is no night, and since when; empty for a night, which has a record."""
    path = project.folder / RUNS / HOLDER
    try:
        work = path.read_text(encoding="utf-8")
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return ""
    return f"a {work}, since {since:%Y-%m-%d %H:%M} UTC" if work else ""
