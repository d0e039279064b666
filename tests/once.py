"""What takes long to make and many tests begin from: made once in a run, whichever worker asks first."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

WORKER = "PYTEST_XDIST_WORKER"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return this worker's own copy of a folder that `make` fills; other workers wait for it and copy it, too."""
    own = factory.mktemp(name) / "own"
    if WORKER not in os.environ:
        own.mkdir()
        make(own)
        return own
    shared = factory.getbasetemp().parent / f"once-{name}"
    whole = shared.with_name(f"{shared.name}.whole")
    with FileLock(f"{shared}.lock"):
        if not whole.exists():
            shutil.rmtree(shared, ignore_errors=True)  # what somebody who failed left behind
            shared.mkdir()
            make(shared)
            whole.touch()
    return shutil.copytree(shared, own)
