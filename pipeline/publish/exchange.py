"""Putting a written folder in the place of another, so that a reader finds the one or the other and never neither."""

import ctypes
import errno
import os
import shutil
from pathlib import Path

REPLACED = ".replaced-"
_HERE = -100  # AT_FDCWD: paths are as the process sees them
_EXCHANGE = 2  # RENAME_EXCHANGE
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


def exchange(fresh: Path, place: Path) -> None:
    """Let `fresh` and `place`, two folders beside each other, change names.

    Linux does it in one step. Where the system or the disk cannot, `place` is missing for the moment between two
    renames; `mend` repairs what a process that died in that moment left.
    """
    if not _exchanged(fresh, place):
        old = place.with_name(f"{REPLACED}{place.name}")
        place.rename(old)
        fresh.rename(place)
        old.rename(fresh)


def mend(folder: Path) -> None:
    """Put back what an interrupted exchange took away. To be called by the one writer."""
    for old in folder.glob(f"{REPLACED}*"):
        place = folder / old.name.removeprefix(REPLACED)
        if place.exists():
            shutil.rmtree(old)
        else:
            old.rename(place)


def _exchanged(fresh: Path, place: Path) -> bool:
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(fresh), _HERE, os.fsencode(place), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(place))
