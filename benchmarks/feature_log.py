"""The log that features are computed from, as it rests in a store and as a shop would export it; and laying it out.

In the folder of a benchmark: `shop` holds the simulated shop's files, `store` what an ingest made of them, `raw` the
events of the store in order of arrival, one file a month, those of the last day in files of their own; `yesterday` is a
store that lacks that day.
"""

import shutil
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from benchmarks.ingest import END
from benchmarks.ingest import ingest as ingest_events
from benchmarks.ingest import simulate as simulate_events
from features.learning import learn_vocabulary
from features.vocabulary import Vocabulary
from pipeline.events.engine import stream
from pipeline.events.layout import in_order
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.sources.scratch import scratch

LAST_DAY = END - timedelta(days=1)
BEFORE, AFTER = "before", "after"  # the last day began


def simulate(folder: Path, events: int) -> None:
    """Write the shop's files."""
    simulate_events(folder / "shop", events)


def ingest(folder: Path) -> None:
    """Ingest them."""
    ingest_events(folder / "shop", folder / "store")


def export(folder: Path) -> None:
    """Write the store's events in order of arrival."""
    store = Store(folder / "store")
    events = store.read(EVENTS)
    for name, part in ((BEFORE, events.received_at < LAST_DAY), (AFTER, events.received_at >= LAST_DAY)):
        (folder / "raw" / name).mkdir(parents=True)
        _export_months(store, events.filter(part), folder / "raw" / name)


def learn(folder: Path) -> None:
    """Learn the shop's vocabulary, as it would lie beside a model."""
    learnt = learn_vocabulary(Store(folder / "store").history(END))
    _vocabulary_file(folder).write_bytes(TypeAdapter(Vocabulary).dump_json(learnt))


def lay_out_yesterday(folder: Path) -> None:
    """Make the store that lacks the last day."""
    _lay_out(raw_files(folder, BEFORE), folder / "yesterday")


def full(folder: Path) -> dict[str, float]:
    """Time laying out all events."""
    shutil.rmtree(folder / "full", ignore_errors=True)
    return {"seconds": _lay_out(raw_files(folder), folder / "full")}


def one_day(folder: Path) -> dict[str, float]:
    """Time laying out the last day beside the days before, in a copy that becomes `grown`."""
    shutil.rmtree(folder / "grown", ignore_errors=True)
    shutil.copytree(folder / "yesterday", folder / "grown")
    return {"seconds": _lay_out(raw_files(folder, AFTER), folder / "grown")}


def raw_files(folder: Path, part: str = "*") -> list[Path]:
    """Return the files of the export, in order of arrival."""
    return sorted(folder.glob(f"raw/{part}/*.parquet"))


def vocabulary(folder: Path) -> Vocabulary:
    """Return what was learned."""
    return TypeAdapter(Vocabulary).validate_json(_vocabulary_file(folder).read_bytes())


def _vocabulary_file(folder: Path) -> Path:
    return folder / "vocabulary.json"


def _export_months(store: Store, events: ibis.Table, folder: Path) -> None:
    month = events.received_at.truncate("month")
    found: pa.Table = store.engine.to_pyarrow(events.select(month=month).distinct())
    for each in found["month"].to_pylist():
        arrived = events.filter(month == ibis.literal(each)).order_by("received_at", "event_id")
        _write(folder / f"{each:%Y-%m}.parquet", stream(store.engine, arrived))


def _write(path: Path, batches: Iterable[pa.RecordBatch]) -> None:
    # Decimals as whole numbers and the default compression, as in the store: no engine reads one of the two the slower.
    with pq.ParquetWriter(path, EVENTS.schema, store_decimal_as_integer=True) as file:
        for batch in batches:
            file.write_batch(batch.select(EVENTS.columns).cast(EVENTS.schema))


def _lay_out(files: Sequence[Path], folder: Path) -> float:
    """Write events into a store as an ingest does; return the seconds."""
    store = Store(folder)
    start = time.perf_counter()
    with store.writing() as change, scratch(store.time_zone) as place:
        change.append_events(in_order(place.engine, place.engine.read_parquet(files)))
        change.compact_events(place.engine)
    return time.perf_counter() - start
