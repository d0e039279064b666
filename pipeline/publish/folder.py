"""A folder that appears complete or not at all, whatever happens to the process that writes it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.publish.exchange import mend

UNFINISHED = ".unfinished-"


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process; others wait. The system lets go when a process dies, however it dies."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mend(folder)
        yield


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Give a new hidden folder to write into, and remove it unless it was moved away.

    To be called by the one writer: whatever unfinished folder stands there already was left by a dead process.
    """
    _sweep(folder)
    path = folder / f"{UNFINISHED}{os.getpid()}"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def settle(written: Path, place: Path) -> None:
    """Move a written folder to its place, after everything in it has reached the disk."""
    for path in written.rglob("*"):
        _flush(path)
    _flush(written)
    written.rename(place)
    _flush(place.parent)


def hide(place: Path) -> Path:
    """Take a folder out of sight in one step, and return where it is now: the next writer sweeps it."""
    hidden = place.with_name(f"{UNFINISHED}{place.name}")
    place.rename(hidden)
    _flush(place.parent)
    return hidden


def point(pointer: Path, name: str) -> None:
    """Let the file `pointer` hold `name`; a reader sees the old name or the new one, never anything between."""
    fresh = pointer.with_name(f"{UNFINISHED}{pointer.name}")
    fresh.write_text(f"{name}\n", encoding="utf-8")
    _flush(fresh)
    fresh.replace(pointer)
    _flush(pointer.parent)


def _sweep(folder: Path) -> None:
    for path in folder.glob(f"{UNFINISHED}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _flush(path: Path) -> None:
    """Make a file's content, or a folder's entries, survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
