"""What is kept of a month is whole, is made by one process at a time, and never outlives the month's files."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.events.forget import erase, find_person, purge
from pipeline.events.months import months
from pipeline.events.store import Store
from pipeline.events.summaries import FOLDER, summarised, sweep
from pipeline.events.tables import EVENTS
from tests.rows import arrow, days_before, event

IDS = {"ids": pa.table({"customer_id": ["ann", "bob"]})}
PATIENCE_S = 20


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store")
    store.append(EVENTS, arrow([event("ann", days_before(40)), event("bob", days_before(41), event_id="bob")]))
    return store


def kept(store, make=lambda: IDS):
    (month,) = months(store)
    return summarised(store, month, "ids 1", make, ["ids"])


def left(store):
    return list((store.folder / FOLDER).glob("*"))


def test_a_sweep_waits_for_what_is_being_written(store):
    begun, go_on = Event(), Event()

    def make():
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return IDS

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(kept, store, make)
        assert begun.wait(PATIENCE_S)
        (store.folder / FOLDER / "unfinished-1").mkdir(parents=True)
        sweeping = pool.submit(sweep, Store(store.folder))
        with pytest.raises(TimeoutError):
            sweeping.result(timeout=0.2)
        go_on.set()
        sweeping.result(PATIENCE_S)
        assert left(store) == [writing.result(PATIENCE_S)]


def test_of_two_that_miss_the_same_summary_one_makes_it(store):
    made = []

    def make():
        made.append(IDS)
        return IDS

    with ThreadPoolExecutor() as pool:
        places = set(pool.map(lambda _: kept(Store(store.folder), make), range(4)))
    assert [*places] == left(store)
    assert len(made) == 1


def test_nothing_is_kept_of_a_month_that_lies_in_other_files_by_now(store):
    (before,) = months(store)
    erase(store, find_person(store, "ann"))
    assert summarised(store, before, "ids 1", lambda: IDS, ["ids"]) is None
    assert left(store) == []


def test_a_summary_that_was_cut_short_is_made_again(store):
    path = kept(store) / "ids.parquet"
    for content in (b"", path.read_bytes()[:-6]):
        path.write_bytes(content)
        assert pq.read_table(kept(store) / path.name) == IDS["ids"]


def test_a_purge_says_so_when_what_was_kept_cannot_be_removed(store):
    outside = store.folder.parent / "outside"
    outside.mkdir()
    kept(store)
    (store.folder / FOLDER / "2026-01-old-1").symlink_to(outside)  # which nobody may remove with what is in it
    with pytest.raises(OSError, match="symbolic link"):
        purge(store)


def test_a_store_that_is_not_there_is_not_begun_by_a_sweep(tmp_path):
    sweep(Store(tmp_path / "store"))
    assert list(tmp_path.iterdir()) == []
