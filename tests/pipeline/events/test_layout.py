import subprocess
import sys
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.events.engine import connect
from pipeline.events.event_files import MOST_RUNS, ROWS_A_GROUP
from pipeline.events.layout import ORDER, ROWS_AT_ONCE, in_order, put_in_order
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from tests.dying import DIES_AT
from tests.rows import AS_OF, arrow, days_before, event

MICROSECOND = timedelta(microseconds=1)
FIELDS = tuple(EVENTS.schema)
KEY = pa.schema([EVENTS.schema.field(name) for name in ("customer_id", "occurred_at")])
LARGE = 14 * ROWS_A_GROUP + 1000  # rows, of which twenty are a customer's
JANUARY, FEBRUARY = "month=2026-01", "month=2026-02"


COMPACT_AND_DIE = (
    DIES_AT
    + """
from pipeline.events.engine import connect
from pipeline.events.store import Store

folder = Path(sys.argv[1])

def compact_until(step):
    copy = folder.with_name(f"killed-{step}")
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        dies_at(step, copy, {"open", "os.mkdir", "os.rename"})
        with Store(copy).writing() as change:
            change.compact_events(connect("UTC"))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

step = 1
while compact_until(step) == -signal.SIGKILL:
    step += 1
"""
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def files(store):
    """The files of each month, in no order."""
    found = {}
    for path in store.files(EVENTS):
        month, name = path.split("/")[-2:]
        found.setdefault(month, []).append(store.folder / "events" / month / name)
    return found


def at_rest(path, *columns):
    """The rows of a file as they follow one another."""
    rows = pq.ParquetFile(path).read(list(columns or ORDER)).to_pylist()
    return [tuple(row.values()) for row in rows]


def ids(store):
    return sorted(store.engine.to_pyarrow(store.read(EVENTS).select("event_id"))["event_id"].to_pylist())


def runs(store, count, days=20):
    """Append one event of each of three customers, as often as that."""
    for run in range(count):
        at = days_before(days) + run * timedelta(hours=1)
        store.append(EVENTS, arrow([event(who, at, event_id=f"{who}-{run}") for who in ("bob", "ann", "eve")]))


def compact(store):
    with store.writing() as change:
        change.compact_events(connect("UTC"))


def test_within_a_month_rows_follow_one_another_by_customer_then_instant_then_id(store):
    rows = [
        event("bob", days_before(3), event_id="5"),
        event("ann", days_before(2), event_id="4"),
        event("ann", days_before(9), event_id="3"),
        event("ann", days_before(9), event_id="2"),
        event("ann", days_before(40), event_id="1"),
    ]
    store.append(EVENTS, arrow(rows))
    found = files(store)
    assert {month: len(paths) for month, paths in found.items()} == {JANUARY: 1, FEBRUARY: 1}
    assert at_rest(found[JANUARY][0], "event_id") == [("1",)]
    assert at_rest(found[FEBRUARY][0], "event_id") == [("2",), ("3",), ("4",), ("5",)]


@pytest.mark.parametrize(("early", "month"), [(MICROSECOND, FEBRUARY), (timedelta(0), "month=2026-03")])
def test_a_month_begins_with_its_first_instant_in_utc(store, early, month):
    store.append(EVENTS, arrow([event("ann", AS_OF - early)]))
    assert list(files(store)) == [month]


def test_a_late_event_is_one_more_row_of_its_month_and_what_lay_there_stays_as_it_was(store):
    store.append(
        EVENTS, arrow([event("ann", days_before(40), event_id="1"), event("ann", days_before(4), event_id="2")])
    )
    before = files(store)
    late = event("ann", days_before(41), received_at=AS_OF, event_id="0")
    store.append(EVENTS, arrow([late, event("ann", AS_OF, event_id="3")]))
    after = files(store)
    assert after[FEBRUARY] == before[FEBRUARY]
    (added,) = set(after[JANUARY]) - set(before[JANUARY])
    assert at_rest(added, "event_id") == [("0",)]


def test_every_append_is_in_order_whatever_order_it_came_in(store):
    shuffled = Random(7)  # noqa: S311 - an order, no secret
    told = [(who, hour) for who in range(9) for hour in range(1000)]
    shuffled.shuffle(told)
    rows = [event(f"c{who}", days_before(hour / 24), event_id=f"{who}-{hour}") for who, hour in told]
    for part in range(3):
        store.append(EVENTS, arrow(rows[part::3]))
    found = [path for paths in files(store).values() for path in paths]
    assert len(found) == 9
    assert all(at_rest(path) == sorted(at_rest(path)) for path in found)
    assert sum(len(at_rest(path)) for path in found) == 9000


def month_of_events(count):
    """Rows of one month, in order: customers with twenty events each, every page another one."""
    begin = np.datetime64("2026-02-01T00:00:00", "us")
    number = np.arange(count)
    text = np.random.default_rng(7).bytes(48 * count).hex()
    told = {
        "event_id": number.astype(str),
        "customer_id": (number // 20 + 100_000).astype(str),
        "occurred_at": begin + number * 5_000_000,
        "received_at": begin + number * 5_000_000,
        "event_type": np.full(count, "page_viewed"),
        "product_id": (number % 5000).astype(str),
        "page": [text[96 * row : 96 * (row + 1)] for row in number],
    }
    return events_of(told, count)


def events_of(told, count):
    """Rows with these columns, and null in the others."""
    columns = [
        pa.array(told[one.name]).cast(one.type) if one.name in told else pa.nulls(count, one.type) for one in FIELDS
    ]
    return pa.Table.from_arrays(columns, schema=EVENTS.schema)


def test_the_engine_orders_more_events_than_it_sorts_at_once_as_they_would_be_in_memory():
    count = ROWS_AT_ONCE + 1000
    rng = np.random.default_rng(7)
    moments = np.datetime64("2026-01-01", "us") + rng.integers(0, 90 * 86_400, count) * 1_000_000
    told = {"event_id": rng.permutation(count).astype(str), "customer_id": rng.integers(0, 999, count).astype(str)}
    told |= {"occurred_at": moments, "received_at": moments, "event_type": np.full(count, "page_viewed")}
    rows = events_of(told, count)
    engine = connect("Asia/Tokyo")
    ordered = list(in_order(engine, engine.create_table("log", rows)))
    assert pa.Table.from_batches(ordered).cast(EVENTS.schema).equals(put_in_order(rows).combine_chunks())


@pytest.fixture
def large(store):
    """A store with one run of a month, of two files."""
    store.append(EVENTS, month_of_events(LARGE))
    return store


def groups(store):
    """The row groups of the only month, in order."""
    found = [pq.read_metadata(path) for paths in files(store).values() for path in paths]
    each = [file.row_group(number) for file in found for number in range(file.num_row_groups)]
    return sorted(each, key=lambda group: statistics(group, "customer_id").min)


def statistics(group, name):
    return group.column(EVENTS.columns.index(name)).statistics


def test_row_groups_are_small_enough_to_pass_over_and_say_whose_rows_they_hold(large):
    found = [(group.num_rows, statistics(group, "customer_id")) for group in groups(large)]
    assert [rows for rows, _ in found] == [*[ROWS_A_GROUP] * 13, ROWS_A_GROUP + 1000]
    bounds = pairwise([*range(0, LARGE - 1000, ROWS_A_GROUP), LARGE])
    whose = [(str(100_000 + start // 20), str(100_000 + (end - 1) // 20)) for start, end in bounds]
    assert [(one.min, one.max) for _, one in found] == whose


def test_texts_rest_as_codes(large):
    for group in groups(large):
        coded = {column.path_in_schema: column for column in map(group.column, range(group.num_columns))}
        assert all(coded[name].has_dictionary_page for name in ("customer_id", "event_type", "product_id"))
        # The codes of customers who lie together take next to no room; written out, these would take 10 bytes a row.
        assert coded["customer_id"].total_uncompressed_size < group.num_rows


def test_a_large_run_spans_files_of_which_each_continues_the_one_before(large):
    found = sorted(at_rest(path) for path in files(large)[FEBRUARY])
    together = [row for rows in found for row in rows]
    assert len(found) > 1
    assert all(earlier[-1] < later[0] for earlier, later in pairwise(found))
    assert sorted(together) == together


def test_deltas_log_bounds_the_instants_of_every_row_group(large):
    entries = pa.table(DeltaTable(large.folder / "events").get_add_actions(flatten=True)).to_pylist()
    bounds = sorted((entry["min.occurred_at"], entry["max.occurred_at"]) for entry in entries)
    found = [pq.read_metadata(path) for path in files(large)[FEBRUARY]]
    told = [
        [statistics(file.row_group(number), "occurred_at") for number in range(file.num_row_groups)] for file in found
    ]
    assert bounds == sorted((min(one.min for one in file), max(one.max for one in file)) for file in told)


def test_deltas_log_bounds_the_instants_of_a_file_and_tells_nothing_of_an_id(store):
    store.append(EVENTS, arrow([event("ann", days_before(3, AS_OF - MICROSECOND)), event("bob", days_before(2))]))
    (entry,) = pa.table(DeltaTable(store.folder / "events").get_add_actions(flatten=True)).to_pylist()
    assert entry["num_records"] == 2
    assert entry["min.occurred_at"] == entry["min.received_at"] == days_before(3, AS_OF - MICROSECOND)
    assert entry["max.occurred_at"] == entry["max.received_at"] == days_before(2)
    assert not [name for name in entry if name.endswith("_id")]


def test_who_is_deleted_leaves_the_others_in_order_and_files_without_them_untouched(store):
    store.append(EVENTS, arrow([event("ann", days_before(40), event_id="0")]))
    rows = [event(who, days_before(day), event_id=f"{who}-{day}") for who in ("ann", "bob", "eve") for day in (1, 2, 3)]
    store.append(EVENTS, arrow(rows))
    before = files(store)
    with store.writing() as change:
        change.delete(EVENTS, pa.table({"customer_id": ["bob", "nobody"]}))
    after = files(store)
    assert after[JANUARY] == before[JANUARY]
    assert at_rest(after[FEBRUARY][0], "event_id") == [(f"{who}-{day}",) for who in ("ann", "eve") for day in (3, 2, 1)]


def test_a_row_is_deleted_when_it_agrees_in_all_columns_that_are_named(store):
    rows = [event("ann", days_before(1), event_id="1"), event("ann", days_before(2), event_id="2")]
    store.append(EVENTS, arrow([*rows, event("bob", days_before(2), event_id="3")]))
    pair = store.engine.to_pyarrow(store.read(EVENTS).filter(lambda log: log.event_id == "2"))
    with store.writing() as change:
        change.delete(EVENTS, pair.select(["customer_id", "occurred_at"]).cast(KEY))
    assert ids(store) == ["1", "3"]


def test_deleting_nobody_writes_nothing(store):
    store.append(EVENTS, arrow([event("ann", days_before(1))]))
    before = store.snapshot
    with store.writing() as change:
        change.delete(EVENTS, pa.table({"customer_id": ["nobody"]}))
    assert store.snapshot == before


def test_what_is_younger_stays_in_order_when_the_old_goes(store):
    rows = [event(who, AS_OF + day * MICROSECOND, event_id=f"{who}{day}") for who in "ba" for day in (-1, 0, 1)]
    store.append(EVENTS, arrow([*rows, event("a", days_before(90), event_id="old")]))
    with store.writing() as change:
        change.delete_before(EVENTS, AS_OF)
    found = files(store)
    assert list(found) == ["month=2026-03"]
    assert at_rest(found["month=2026-03"][0], "event_id") == [("a0",), ("a1",), ("b0",), ("b1",)]


def test_a_month_of_too_many_runs_becomes_one_with_the_same_rows_and_other_months_stay(store):
    runs(store, 2, days=50)
    runs(store, MOST_RUNS + 1)
    before = store.engine.to_pyarrow(store.read(EVENTS)).to_pylist()
    untouched = files(store)[JANUARY]
    compact(store)
    after = files(store)
    assert after[JANUARY] == untouched
    assert [at_rest(path) for path in after[FEBRUARY]] == [sorted(at_rest(after[FEBRUARY][0]))]
    assert Counter(map(str, before)) == Counter(map(str, store.engine.to_pyarrow(store.read(EVENTS)).to_pylist()))


def test_a_month_of_few_runs_stays_as_it_is(store):
    runs(store, MOST_RUNS)
    before = store.snapshot
    compact(store)
    assert store.snapshot == before


def test_deleting_from_both_files_of_a_run_makes_no_more_runs_of_a_month(large):
    runs(large, MOST_RUNS - 1)
    with large.writing() as change:
        change.delete(EVENTS, pa.table({"customer_id": ["100000", "119710"]}))
    before = files(large)
    compact(large)
    assert files(large) == before


def test_a_store_without_events_has_nothing_to_compact(store):
    compact(store)
    assert store.snapshot.number == 0


def test_who_read_before_a_month_was_compacted_reads_on(store):
    runs(store, MOST_RUNS + 1)
    before = store.read(EVENTS)
    compact(store)
    assert len(files(store)[FEBRUARY]) == 1
    assert store.engine.to_pyarrow(before.count()).as_py() == 3 * (MOST_RUNS + 1)


def test_a_failure_after_compacting_leaves_the_runs(store):
    runs(store, MOST_RUNS + 1)
    before = files(store)

    def fail_after_compacting():
        with store.writing() as change:
            change.compact_events(connect("UTC"))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_after_compacting()
    assert files(store) == before


def test_a_month_larger_than_the_memory_that_it_may_take_is_compacted(store, tmp_path):
    short, place = month_of_events(8 * ROWS_A_GROUP), EVENTS.columns.index("page")
    rows = short.set_column(place, FIELDS[place], pc.binary_repeat(short["page"], 12))
    share = len(rows) // MOST_RUNS
    for run in range(MOST_RUNS + 1):
        store.append(EVENTS, rows.slice(run * share, share))
    engine = connect("UTC", tmp_path / "scratch.duckdb")
    engine.settings["memory_limit"] = "288MB"
    with store.writing() as change:
        change.compact_events(engine)
    found = [at_rest(path) for path in files(store)[FEBRUARY]]
    assert sum(map(len, found)) == len(rows)
    assert all(one == sorted(one) for one in found)
    assert rows["page"].nbytes > 288 * 10**6


def test_killed_at_any_step_it_leaves_the_runs_or_one_and_the_next_writer_finds_all_rows(store, tmp_path):
    runs(store, MOST_RUNS + 1)
    subprocess.run([sys.executable, "-c", COMPACT_AND_DIE, str(store.folder)], check=True, timeout=120)
    killed = [Store(path) for path in sorted(tmp_path.glob("killed-*"))]
    left = [(len(one.files(EVENTS)), one.snapshot.number - store.snapshot.number) for one in killed]
    assert set(left) == {(MOST_RUNS + 1, 0), (1, 1)}
    assert sum(len(list((one.folder / "events").rglob("*.parquet"))) > MOST_RUNS + 1 for one in killed) > 1
    for one in killed:
        assert ids(one) == ids(store)
        compact(one)
        assert len(one.files(EVENTS)) == 1
        assert ids(one) == ids(store)
