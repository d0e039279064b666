import subprocess
import sys

from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, INGESTS

INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.events.store import Store
from pipeline.settings.sources import ColumnsSource
from pipeline.sources.ingest import ingest

source = ColumnsSource(
    format="columns",
    name="visits",
    files=sys.argv[2],
    columns={"event_id": "id", "customer_id": "who", "occurred_at": "at"},
    constants={"event_type": "page_viewed"},
)
project = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
(report,) = ingest(Store(project / "store"), [source], project, datetime(2026, 8, 1, tzinfo=UTC))
print(report.rows_kept, report.duplicates, report.known)
"""


def beginning(project, pattern):
    """A process that ingests as soon as it is told to."""
    command = [sys.executable, "-c", INGEST, str(project), pattern]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def export(project, name, numbers):
    rows = "".join(f"{number},ann,2026-01-31\n" for number in numbers)
    (project / name).write_text(f"id,who,at\n{rows}", encoding="utf-8")


def at_once(project, *patterns):
    processes = [beginning(project, pattern) for pattern in patterns]
    for process in processes:
        process.stdin.write("now\n")
        process.stdin.flush()
    answers = sorted(process.communicate()[0].strip() for process in processes)
    assert [process.returncode for process in processes] == [0] * len(processes)
    return answers


def ids(project):
    store = Store(project / "store")
    return sorted(
        int(name) for name in store.engine.to_pyarrow(store.read(EVENTS).select("event_id"))["event_id"].to_pylist()
    )


def test_two_ingests_of_the_same_file_at_once_both_succeed_and_nothing_is_there_twice(tmp_path):
    export(tmp_path, "visits.csv", range(2000))
    answers = at_once(tmp_path, "visits.csv", "visits.csv")
    assert answers == ["0 0 True", "2000 0 False"]
    assert ids(tmp_path) == list(range(2000))
    store = Store(tmp_path / "store")
    assert store.engine.to_pyarrow(store.read(INGESTS)).num_rows == 1


def test_two_ingests_of_files_that_overlap_at_once_both_succeed_and_nothing_is_there_twice(tmp_path):
    export(tmp_path, "visits1.csv", range(2000))
    export(tmp_path, "visits2.csv", range(1000, 3000))
    answers = at_once(tmp_path, "visits1.csv", "visits2.csv")
    assert answers == ["1000 1000 False", "2000 0 False"]
    assert ids(tmp_path) == list(range(3000))


def test_a_reader_sees_the_snapshot_that_was_there_when_it_looked(tmp_path):
    export(tmp_path, "visits1.csv", range(10))
    at_once(tmp_path, "visits1.csv")
    store = Store(tmp_path / "store")
    before = store.read(EVENTS)
    export(tmp_path, "visits2.csv", range(10, 20))
    at_once(tmp_path, "visits2.csv")
    assert store.engine.to_pyarrow(before.count()).as_py() == 10
    assert ids(tmp_path) == list(range(20))
