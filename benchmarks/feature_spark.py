"""Whether Spark finds the features that DuckDB and this process find, and how long it takes on this machine."""

import time
from pathlib import Path
from typing import TypedDict

from benchmarks.feature_log import vocabulary
from benchmarks.ingest import END
from features.engines import build_features, largest_differences
from pipeline.events.readers import store_on
from pipeline.events.store import Store


class Compared(TypedDict):
    """How long Spark took, its start not counted, and how far each feature lies from ours at most."""

    seconds: float
    largest_differences: dict[str, float]


def spark(folder: Path) -> Compared:
    """Build every feature at the log's end on Spark and here, from the same store."""
    learnt, store = vocabulary(folder), Store(folder / "store")
    ours = build_features(store.history(END), (END,), learnt)
    there = store_on("spark", store).history(END)
    start = time.perf_counter()
    theirs = build_features(there, (END,), learnt)
    seconds = time.perf_counter() - start
    return Compared(seconds=seconds, largest_differences=largest_differences(ours, theirs))
