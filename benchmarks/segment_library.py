"""The pieces of the benchmark of segments: each a process of its own, so that its memory is its own."""

import time
from pathlib import Path
from typing import TypedDict

import numpy as np
import pyarrow as pa

from benchmarks.feature_log import vocabulary
from benchmarks.ingest import END
from features.builder import build_features
from features.catalogue import features_of_everybody
from models.tasks import TASKS
from models.written import BESIDE_TASKS, written_by
from pipeline.conditions.known import Kind
from pipeline.events.store import Store
from pipeline.segments.asking import ask
from pipeline.segments.library import library as shipped
from pipeline.segments.membership import assign
from pipeline.segments.profiles import Profiles

SEED = 1


class Evaluated(TypedDict):
    """How long the library took, of which `asking_s` for the event log; customers, and segments decided or left out."""

    seconds: float
    asking_s: float
    rows: int
    segments: int
    left_out: int
    memberships: int


def library(folder: Path) -> Evaluated:
    """Decide every segment of the library at the log's end; the features are there before the clock starts."""
    store, profiles = Store(folder / "store"), _profiles(folder)
    history = store.history(END)
    start = time.perf_counter()
    answers = ask(shipped(), history, store.consents(END))
    asked = time.perf_counter() - start
    found = assign(shipped(), profiles, None, answers=answers)
    return Evaluated(
        seconds=time.perf_counter() - start,
        asking_s=asked,
        rows=len(profiles),
        segments=len(found.decided),
        left_out=len(found.left_out),
        memberships=found.table.num_rows,
    )


def _profiles(folder: Path) -> Profiles:
    """Return what the library reads of everybody: features from the store, predictions drawn at random."""
    kinds = {**BESIDE_TASKS, **{name: kind for task in TASKS for name, kind in written_by(task).items()}}
    learnt = vocabulary(folder)
    definitions = [definition for segment in shipped() for definition in segment.definitions]
    features = features_of_everybody({name for one in definitions for name in one.features(kinds)}, learnt)
    table = build_features(Store(folder / "store").history(END), (END,), learnt, features).table()
    drawn = np.random.default_rng(SEED)
    for name, kind in kinds.items():
        if kind is Kind.NUMBER:
            table = table.append_column(name, pa.array(drawn.random(table.num_rows)))
    return Profiles(END, table, frozenset(kinds))
