"""The place where an ingest works before it writes: an engine that spills to a folder of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ibis.backends.duckdb import Backend

from pipeline.events.engine import connect

# What the engine may hold in memory; beyond it spills to the scratch folder, however large the files are.
MEMORY = "640MB"


@dataclass(frozen=True)
class Scratch:
    """An engine whose database lies in `folder`; both go when the ingest is over."""

    engine: Backend
    folder: Path


@contextmanager
def scratch(time_zone: str) -> Iterator[Scratch]:
    """Give a scratch whose engine's calendar is that of `time_zone`."""
    with tempfile.TemporaryDirectory(prefix="segcast-ingest-") as name:
        folder = Path(name)
        engine = connect(time_zone, folder / "scratch.duckdb")
        engine.settings["memory_limit"] = MEMORY
        engine.settings["temp_directory"] = str(folder / "spill")
        try:
            yield Scratch(engine, folder)
        finally:
            engine.disconnect()
