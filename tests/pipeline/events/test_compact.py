"""Tables that gain a few rows every night do not gain a file to open for ever."""

import json
from datetime import timedelta

import pyarrow as pa
from deltalake import DeltaTable

from pipeline.events.engine import connect
from pipeline.events.event_files import MOST_RUNS
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, INGESTS
from pipeline.events.writing import MOST_PIECES
from tests.rows import arrow, days_before, event


def record(number):
    told = {"source": "shop", "file": f"{number}.csv", "ingested_at": days_before(70) + number * timedelta(days=1)}
    return pa.Table.from_pylist([{**dict.fromkeys(INGESTS.columns), **told}], INGESTS.schema)


def nights(store, number):
    for night in range(number):
        with store.writing() as change:
            change.append(INGESTS, record(night))
            change.compact(connect("UTC"))


def files_of_no_snapshot(store, contract):
    folder = store.folder / contract.name
    recorded = [json.loads(path.read_text()) for path in (store.folder / "snapshots").iterdir()]
    numbers = {one["versions"][contract.name] for one in recorded if contract.name in one["versions"]}
    named = {path for number in numbers for path in DeltaTable(folder, version=number).file_uris()}
    return {str(path.resolve()) for path in folder.glob("month=*/*.parquet")} - named


def files_told_of(store):
    rows = store.read(INGESTS).select("file").order_by("file")
    return store.engine.to_pyarrow(rows)["file"].to_pylist()


def test_few_pieces_stay_as_they_are(tmp_path):
    store = Store(tmp_path / "store")
    nights(store, MOST_PIECES)
    assert len(store.files(INGESTS)) == MOST_PIECES


def test_many_pieces_become_one_a_month_and_say_the_same(tmp_path):
    store = Store(tmp_path / "store")
    number = MOST_PIECES + 3
    nights(store, number)
    assert len(store.files(INGESTS)) == 2  # December's and January's
    assert files_told_of(store) == sorted(f"{night}.csv" for night in range(number))


def test_what_was_added_and_laid_together_in_one_change_leaves_no_file_that_nobody_needs(tmp_path):
    store = Store(tmp_path / "store")
    for night in range(max(MOST_RUNS, MOST_PIECES) + 3):
        with store.writing() as change:
            change.append(INGESTS, record(night))
            change.append(EVENTS, arrow([event("ann", days_before(10))]))
            change.compact(connect("UTC"))
    for contract in (INGESTS, EVENTS):
        assert len(store.files(contract)) < night
        assert files_of_no_snapshot(store, contract) == set()
