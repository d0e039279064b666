"""Every file of the store damaged in every way, one at a time: it is named, with what to do; nothing is begun anew."""

import shutil

import pytest

from pipeline.errors import StoreError
from pipeline.events.damage import damaged_summaries, tables_at
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS
from tests.rows import arrow, days_before, event


@pytest.fixture
def folder(tmp_path):
    """A store of three snapshots: two of events, one of customers."""
    store = Store(tmp_path / "store")
    store.append(EVENTS, arrow([event(f"c{number}", days_before(number)) for number in range(1, 20)]))
    store.append(EVENTS, arrow([event("ann", days_before(2), event_id="last")]))
    rows = [{"customer_id": "ann", "received_at": days_before(3)}]
    store.append(CUSTOMERS, CUSTOMERS.schema.empty_table().from_pylist(rows, schema=CUSTOMERS.schema))
    return store.folder


def rows_of(folder):
    return min(folder.glob("events/month=*/*.parquet"))


def log_of(folder):
    return max(folder.glob("events/_delta_log/*.json"))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def remove(path):
    path.unlink()


def spoil(path):
    """Overwrite the rows, but not what the file's end says of them."""
    content = bytearray(path.read_bytes())
    said = int.from_bytes(content[-8:-4], "little") + 8
    content[4:-said] = bytes(len(content) - said - 4)
    path.write_bytes(content)


def count(store):
    return store.engine.execute(store.read(EVENTS).count())


def found(folder, *, deep=False):
    store = Store(folder)
    return [one for table in tables_at(folder, store.snapshot) for one in table.damages(deep=deep)]


@pytest.mark.parametrize("harm", [cut, empty, zero, remove])
@pytest.mark.parametrize("which", [rows_of, log_of])
def test_a_damaged_file_is_named_with_what_to_do(folder, which, harm):
    path = which(folder)
    harm(path)
    store = Store(folder)
    with pytest.raises(StoreError) as told:
        store.read(EVENTS)
    sentence = str(told.value)
    assert str(path) in sentence
    assert "table events" in sentence
    assert "Put the file back from a backup." in sentence
    assert "segcast ingest" in sentence
    assert "\n" not in sentence
    assert [one.path for one in found(folder)] == [path]


@pytest.mark.parametrize("harm", [cut, empty, zero, remove])
def test_a_table_with_a_damaged_log_is_never_begun_anew(folder, harm):
    before = sorted(folder.rglob("*.parquet"))
    harm(log_of(folder))
    store = Store(folder)
    with pytest.raises(StoreError, match="log of the table events"):
        store.append(EVENTS, arrow([event("new", days_before(1))]))
    assert sorted(folder.rglob("*.parquet")) == before
    assert store.snapshot.number == 3


def test_a_table_that_was_removed_is_missed(folder):
    shutil.rmtree(folder / "events")
    with pytest.raises(StoreError, match="events"):
        Store(folder).append(CUSTOMERS, CUSTOMERS.schema.empty_table())


@pytest.mark.parametrize("content", [b"", b'{"add": {"path', bytes(100)])
def test_a_change_that_was_cut_off_can_be_removed(folder, content):
    path = folder / "events" / "_delta_log" / f"{int(log_of(folder).stem) + 1:020d}.json"
    path.write_bytes(content)
    assert count(Store(folder)) == 20
    with pytest.raises(StoreError, match="Remove that file: the change never became part"):
        Store(folder).append(EVENTS, arrow([event("new", days_before(1))]))
    (damage,) = found(folder)
    damage.path.unlink()
    Store(folder).append(EVENTS, arrow([event("new", days_before(1))]))
    assert count(Store(folder)) == 21


@pytest.mark.parametrize("harm", [cut, empty, zero])
def test_a_damaged_snapshot_is_named_and_removing_it_returns_to_the_one_before(folder, harm):
    path = max((folder / "snapshots").glob("*.json"))
    harm(path)
    with pytest.raises(StoreError, match="snapshot of the event log") as told:
        Store(folder).snapshot  # noqa: B018 - reading it is what fails
    assert str(path) in str(told.value)
    path.unlink()
    store = Store(folder)
    store.append(EVENTS, arrow([event("new", days_before(1), event_id="new")]))
    assert store.snapshot.number == 3
    assert store.snapshot.versions.keys() == {"events"}
    assert count(store) == 21


def test_what_is_damaged_between_its_ends_is_found_by_reading_all_of_it(folder):
    path = rows_of(folder)
    spoil(path)
    assert found(folder) == []
    (damage,) = found(folder, deep=True)
    assert (damage.path, damage.got) == (path, "unreadable")


def test_a_damaged_summary_is_named_with_the_folder_to_remove(folder):
    path = folder / "summaries" / "2026-01-0a-0b" / "days.parquet"
    path.parent.mkdir(parents=True)
    shutil.copy(rows_of(folder), path)
    assert list(damaged_summaries(folder, deep=True)) == []
    spoil(path)
    assert list(damaged_summaries(folder)) == []
    assert [one.path for one in damaged_summaries(folder, deep=True)] == [path]
    cut(path)
    (damage,) = damaged_summaries(folder)
    assert f"Remove {path.parent}" in damage.action


def test_a_summary_that_was_never_finished_is_no_damage(folder):
    path = folder / "summaries" / "unfinished-0a0b" / "days.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1")
    assert list(damaged_summaries(folder)) == []


def test_a_whole_store_has_no_damage(folder):
    assert found(folder, deep=True) == []
    assert len(Store(folder).files(EVENTS)) == len(list(folder.glob("events/month=*/*.parquet")))


def test_who_was_forgotten_stays_so_when_the_log_is_read_anew(folder):
    (folder / "forgotten.txt").write_text("00", encoding="ascii")
    remove(rows_of(folder))
    with pytest.raises(StoreError, match=r"with forgotten\.txt out of it in its place"):
        Store(folder).read(EVENTS)
