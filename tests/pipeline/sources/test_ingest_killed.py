import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from random import Random

import pytest

from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, INGESTS, QUARANTINE
from pipeline.settings.sources import OrderLinesSource
from pipeline.sources.ingest import ingest

FIRST = datetime(2026, 8, 1, tzinfo=UTC)
SECOND = datetime(2026, 9, 1, tzinfo=UTC)
SOURCE = OrderLinesSource(
    format="order_lines",
    name="lines",
    files="lines*.csv",
    columns={
        "order_id": "order",
        "product_id": "product",
        "quantity": "quantity",
        "unit_price": "price",
        "customer_id": "who",
        "occurred_at": "at",
    },
)
INGEST = f"""
import sys
from datetime import datetime
from pathlib import Path

from pipeline.events.store import Store
from pipeline.settings.sources import OrderLinesSource
from pipeline.sources.ingest import ingest

source = OrderLinesSource.model_validate_json({SOURCE.model_dump_json()!r})
project = Path(sys.argv[1])
print("ready", flush=True)
ingest(Store(project / "store"), [source], project, datetime.fromisoformat({SECOND.isoformat()!r}))
"""
POINTS = 4


def export(project, name, orders):
    """Two lines an order in each month, and some that are bad."""
    lines = [
        f"{order},p{line},{line + 1},2.50,c{order % 97},2025-{1 + order % 12:02}-03 10:00"
        for order in orders
        for line in range(2)
    ]
    bad = [f"{order},p,many,1,c,2026-01-01" for order in orders[:100]]
    text = "\n".join(["order,product,quantity,price,who,at", *lines, *bad])
    (project / name).write_text(text, encoding="utf-8")


def content(store):
    """All rows of all tables that an ingest writes, whatever their order."""
    tables = (store.engine.to_pyarrow(store.read(table)).to_pylist() for table in (EVENTS, QUARANTINE, INGESTS))
    return [sorted(map(str, rows)) for rows in tables]


def project_of(folder):
    """A project with one export ingested and a second one waiting."""
    folder.mkdir()
    export(folder, "lines1.csv", range(500))
    ingest(Store(folder / "store"), [SOURCE], folder, FIRST)
    export(folder, "lines2.csv", range(400, 3000))
    return folder


def begun(project):
    process = subprocess.Popen([sys.executable, "-c", INGEST, str(project)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process, time.monotonic()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """What an ingest that nobody killed wrote, and how long it took."""
    project = project_of(tmp_path_factory.mktemp("whole") / "project")
    process, start = begun(project)
    assert process.wait() == 0
    process.stdout.close()
    return content(Store(project / "store")), time.monotonic() - start


@pytest.mark.parametrize("point", range(POINTS))
def test_an_ingest_that_was_killed_leaves_the_old_snapshot_and_the_next_one_ends_as_if_nothing_had_been(
    tmp_path, uninterrupted, point
):
    expected, seconds = uninterrupted
    project = project_of(tmp_path / "project")
    before = content(Store(project / "store"))
    process, start = begun(project)
    until = start + seconds * (point + Random(point).random()) / POINTS  # noqa: S311 - a moment, no secret
    while time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert content(Store(project / "store")) in (before, expected)
    ingest(Store(project / "store"), [SOURCE], project, SECOND)
    assert content(Store(project / "store")) == expected
