"""A log of some size in a folder of its own, and the pieces of a benchmark as processes of their own over it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
CALL = """
import json, resource
from pathlib import Path
from benchmarks.{module} import {piece}
from pipeline.windows.workers import CORES, stop_workers
found = {piece}({given}) or {{}}
own_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stop_workers()
most_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({{**found, "peak_gib": (own_kib + CORES * most_kib) / 2**20}}))
"""


@contextmanager
def prepared(events: int, *steps: str) -> Iterator[Path]:
    """Give a folder with a log of about this size, what was learned from it, and what further steps make of it."""
    with tempfile.TemporaryDirectory(prefix="segcast-benchmark-") as name:
        folder = Path(name)
        run_piece("feature_log", "simulate", folder, events)
        for step in ("ingest", "learn", *steps):
            run_piece("feature_log", step, folder)
        yield folder


def run_piece(module: str, piece: str, folder: Path, *arguments: int) -> Figures:
    """Run one piece as a process; return what it found and the most memory that it held."""
    given = ", ".join([f"Path({str(folder)!r})", *map(str, arguments)])
    call = CALL.format(module=module, piece=piece, given=given)
    process = subprocess.run([sys.executable, "-c", call], stdout=subprocess.PIPE, check=False)  # noqa: S603  # our own
    if process.returncode:
        sys.exit(f"Expected {piece} to succeed, got exit status {process.returncode}.")
    found: Figures = json.loads(process.stdout)
    return found
