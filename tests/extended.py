"""Looks whether the examples of docs/extending.md work; run in a copy of Segcast that holds them, prints JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

import features.families.usage as family
from features.builder import build_features
from features.catalogue import CATALOGUE
from pipeline.events.history import history_of
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.publish.destinations.open import open_whole
from pipeline.publish.published import Publication
from pipeline.settings import load_settings
from pipeline.sources.ingest import ingest
from tests.features.logs import SHOP
from tests.features.oracle import usage as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import AS_OF, days_before, event, table

NEW = "video_before_order_share"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
RECEIPTS = (
    "till,receipt,card,rung_up_at,kind,total\n"
    "north,1,ann,2026-05-01 10:00,SALE,12.50\n"
    "south,1,bob,2026-05-01 10:05,SALE,8\n"
    "north,2,ann,2026-05-02 09:00,RETURN,2.50\n"
    "north,3,,2026-05-02 09:10,SALE,1\n"
)


def feature() -> float:
    """Of two videos one was followed by an order within the week; the oracle says the same."""
    rows = [
        event("ann", days_before(20), "video_watched"),
        event("ann", days_before(15)),
        event("ann", days_before(5), "video_watched"),
    ]
    agrees(family.FEATURES, (oracle,), rows, AS_OF)
    matrix = build_features(history_of(table(rows), AS_OF), (), SHOP, CATALOGUE)
    return float(matrix.column(NEW)[0])


def source(folder: Path) -> Sequence[Mapping[str, object]]:
    """Receipts of two tills, one of which nobody's card was shown for."""
    (folder / "tills").mkdir()
    (folder / "tills" / "may.csv").write_text(RECEIPTS, encoding="utf-8")
    store = Store(folder / "store")
    ingest(store, load_settings(folder).sources, folder, NOW)
    events = store.read(EVENTS).select("customer_id", "event_type", "order_id", "amount").order_by("order_id")
    return store.engine.to_pyarrow(events).to_pylist()


def destination(folder: Path) -> Sequence[object]:
    """A publication of two segments, delivered twice."""
    (folder / "segments.csv").write_text("segment,kind,size\nvip,rule,41\nghosts,rule,7\n", encoding="utf-8")
    published = Publication(folder, {"publication_id": "one", "segments": {"vip": {}, "ghosts": {}}})
    (settings,) = load_settings(folder).destinations
    opened = open_whole(settings, {}, folder)
    told = [opened.deliver(published), opened.deliver(published)]
    with duckdb.connect(folder / "analysts.duckdb") as file:
        return [*told, file.execute("select segment, size from segments").fetchall()]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    found = {"feature": feature(), "source": source(place), "destination": destination(place)}
    sys.stdout.write(json.dumps(found, default=str))
