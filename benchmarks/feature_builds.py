"""Our builder's pieces of the benchmark of features: each a process of its own, so that its memory is the builder's."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

import numpy as np

from benchmarks.digest import Digest, digest, together
from benchmarks.feature_log import raw_files, vocabulary
from benchmarks.ingest import END
from benchmarks.measures import EVENT_TYPES, MEASURES, WINDOWS, Measure
from features.builder import feature_batches
from features.catalogue import CATALOGUE
from features.column import Column
from features.customer import Customer
from features.feature import Feature, feature
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from pipeline.events.engine import connect
from pipeline.events.history import History, history_of
from pipeline.events.store import Store
from pipeline.windows.requests import Window

TEN_MONTHS = tuple(END - timedelta(days=30 * months) for months in range(10))


class Built(TypedDict):
    """What a build found, and in how many seconds; `rows` are customers at one cut-off each."""

    seconds: float
    rows: int
    digest: Digest


def build(folder: Path) -> Built:
    """Build every feature at the log's end from raw events, in order of arrival."""
    return _built(folder, "raw")


def tiles(folder: Path) -> Built:
    """Build the same from the store."""
    return _built(folder, "store")


def grown(folder: Path) -> Built:
    """Build the same from the store to which the last day was added."""
    return _built(folder, "grown")


def ten_cutoffs_raw(folder: Path) -> Built:
    """Build every feature at ten cut-offs from raw events."""
    return _built(folder, "raw", TEN_MONTHS)


def ten_cutoffs(folder: Path) -> Built:
    """Build the same from the store."""
    return _built(folder, "store", TEN_MONTHS)


def windowed_raw(folder: Path) -> Built:
    """Build the 96 windowed columns from raw events."""
    return _windowed(folder, "raw")


def windowed(folder: Path) -> Built:
    """Build the same from the store."""
    return _windowed(folder, "store")


def windowed_features() -> tuple[Feature, ...]:
    """Return the measures as features, one column a window."""
    return tuple(_as_feature(measure) for measure in MEASURES)


def _windowed(folder: Path, place: str) -> Built:
    return _consumed(folder, place, (END,), Vocabulary(event_types=EVENT_TYPES), windowed_features())


def _built(folder: Path, place: str, cut_offs: Sequence[datetime] = (END,)) -> Built:
    return _consumed(folder, place, cut_offs, vocabulary(folder), CATALOGUE)


def _consumed(
    folder: Path, place: str, cut_offs: Sequence[datetime], learnt: Vocabulary, features: tuple[Feature, ...]
) -> Built:
    """Take in the batches one by one; the clock does not count the digest of what they hold."""
    rows, digests, checking = 0, Digest(), 0.0
    start = time.perf_counter()
    for matrix in feature_batches(_history(folder, place), cut_offs, learnt, features):
        built = time.perf_counter()
        rows += len(matrix)
        digests = together([digests, _digest(matrix)])
        checking += time.perf_counter() - built
    return Built(seconds=time.perf_counter() - start - checking, rows=rows, digest=digests)


def _history(folder: Path, place: str) -> History:
    if place != "raw":
        return Store(folder / place).history(END)
    return history_of(connect("UTC").read_parquet(raw_files(folder)), END)


def _digest(matrix: FeatureMatrix) -> Digest:
    columns = {name: matrix.values[:, place] for place, name in enumerate(matrix.names)}
    return digest(matrix.customer_id, matrix.as_of.astype(np.int64), columns)


def _as_feature(measure: Measure) -> Feature:
    def definition(customer: Customer, window: Window) -> Column:
        events = customer.events(measure.event_type)
        return events.count(window) if measure.field is None else events.total(measure.field, window)

    definition.__name__ = measure.name
    definition.__doc__ = f"{measure.field or 'number'} of {measure.event_type} in the window."
    return feature("", "benchmark", windows=tuple(window.days for window in WINDOWS))(definition)
