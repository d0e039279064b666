"""Forget somebody, and search every byte under the project folder for them."""

import csv
import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.forgetting import forget
from flows.ingesting import ingest
from flows.project import open_project
from flows.publishing.pressing import press
from flows.segmenting.scoring import score
from flows.syncing.receipts import RECEIPTS, UNDERWAY, receipts
from pipeline.errors import StoreError
from pipeline.events.forgotten import forgotten_ids
from pipeline.events.tables import CUSTOMERS, EVENTS, IDENTITIES, INGESTS
from pipeline.publish.publication import latest
from pipeline.publish.published import publications
from pipeline.sources.files import digest_of_file
from tests.dying import DIES_AT
from tests.rows import AS_OF, arrow, days_before, event

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVE, MAIL = "eve-4711", "eve.adams@example.org"
TOLD = (EVE, MAIL, "cookie-99")


def contents(folder):
    """Every file's bytes, and what is packed in them: gzip, each value of Parquet, SQLite's rows."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        yield path, str(path).encode() + b"\n" + raw
        if path.suffix == ".gz":
            yield path, gzip.decompress(raw)
        if path.suffix == ".parquet":
            yield path, str(pq.ParquetFile(path).read().to_pylist()).encode()
        if raw.startswith(b"SQLite format 3"):
            base = sqlite3.connect(path)
            yield path, "\n".join(base.iterdump()).encode()
            base.close()


def naming(folder, *values):
    """The files that hold one of the values, in small letters or large."""
    wanted = [value.lower().encode() for value in values]
    return sorted({path.name for path, found in contents(folder) if any(value in found.lower() for value in wanted)})


def put(store, contract, *rows):
    blank = {name: days_before(300) if name == "received_at" else None for name in contract.columns}
    store.append(contract, pa.Table.from_pylist([blank | row for row in rows], schema=contract.schema))


@pytest.fixture(scope="session")
def published_corner_shop(tmp_path_factory):
    """A published shop with three customers; Eve also has an alias and an address, and is in two exports."""
    folder = tmp_path_factory.mktemp("corner")
    (folder / "segcast.toml").write_text(
        '[shop]\nname = "Corner shop"\n[[sources]]\nname = "orders"\nformat = "columns"\nfiles = "orders*.csv*"\n'
        'constants = { event_type = "order_placed" }\n[sources.columns]\ncustomer_id = "who"\noccurred_at = "at"\n'
        'amount = "total"\n',
        encoding="utf-8",
    )
    lines = f"who,at,total\nann,2025-11-02,20\n{EVE},2026-01-05,30\nbob,2026-02-20,15\n"
    (folder / "orders.csv").write_text(lines, encoding="utf-8")
    (folder / "orders-2.csv.gz").write_bytes(gzip.compress(f"{lines}ann,2026-02-20,{MAIL}\n".encode()))
    project = open_project(folder)
    who = ("ann", EVE, "bob", "cookie-99")
    orders = [event(own, days_before(9 + place), event_id=own, amount="20") for place, own in enumerate(who)]
    project.store.append(EVENTS, arrow(orders))
    put(project.store, CUSTOMERS, {"customer_id": EVE, "email": MAIL})
    put(project.store, IDENTITIES, {"alias": "cookie-99", "customer_id": EVE, "occurred_at": days_before(9)})
    numbers = {one.name: 3 for one in INGESTS.fields if pa.types.is_integer(one.type)}
    told = {"source": "orders", "file": "orders.csv", "digest": digest_of_file(folder / "orders.csv"), "settings": ""}
    put(project.store, INGESTS, {**numbers, **told, "ingested_at": AS_OF})
    press(project, score(project, AS_OF))
    return folder


@pytest.fixture
def shop(published_corner_shop, tmp_path):
    """The project of a copy to change."""
    return open_project(shutil.copytree(published_corner_shop, tmp_path / "shop"))


def test_after_forgetting_on_a_published_project_no_byte_names_them(segcast, own_demo):
    with (latest(own_demo / "published").path / "lists" / "predicted_at_risk.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["email"])
    own, address = row["customer_id"], row["email"]
    assert len(naming(own_demo, own, address)) > 10
    said = segcast("forget", own, "--project", own_demo, "--json")
    assert said.code == 0
    assert naming(own_demo, own, address) == []
    receipt = json.loads(said.out)["receipts"][0]
    assert receipt["tables"]["events"] > 0
    assert len(receipt["files"]) >= 3
    assert len(receipt["publications"]) == 2
    assert receipt["still"] == []
    assert segcast("explain", own, "--project", own_demo).code == 2
    assert segcast("report", "--project", own_demo).code == 0


def test_a_person_goes_from_log_files_and_publications_and_the_receipt_says_how_much(shop):
    assert naming(shop.folder, *TOLD) != []
    receipt = forget(shop, EVE, AT)
    assert naming(shop.folder, *TOLD) == []
    assert receipt.tables == {"events": 2, "customers": 1, "identities": 1}
    assert receipt.files == {"orders.csv": 1, "orders-2.csv.gz": 2}
    assert receipt.publications.keys() == {publications(shop.published)[0].publication_id}
    assert receipt.still == ()
    assert (shop.folder / "orders.csv").read_text() == "who,at,total\nann,2025-11-02,20\nbob,2026-02-20,15\n"
    assert list(receipts(shop.folder / RECEIPTS)) == [receipt]


def test_a_receipt_is_known_by_the_id_and_by_nothing_in_it(shop):
    receipt = forget(shop, EVE, AT)
    assert receipt.is_of(EVE)
    assert not receipt.is_of("ann")
    assert forgotten_ids(shop.store, pa.array([EVE, "cookie-99", "ann"])).to_pylist() == [True, True, False]


def test_a_second_time_finds_and_changes_nothing(segcast, shop):
    forget(shop, EVE, AT)
    before = {path: path.read_bytes() for path in shop.folder.rglob("*") if path.is_file()}
    assert forget(shop, EVE, AT) is None
    assert {path: path.read_bytes() for path in shop.folder.rglob("*") if path.is_file()} == before
    said = segcast("forget", EVE, "--project", shop.folder)
    assert (said.code, said.out) == (0, "Nothing was found: they were forgotten before.\n")
    assert "receipt" in segcast("forget", EVE, "--check", "--project", shop.folder).out


def test_somebody_unknown_is_said_to_be_so_in_one_sentence_that_does_not_repeat_them(segcast, shop):
    with pytest.raises(StoreError, match="nothing in it names"):
        forget(shop, "zoe-1", AT)
    said = segcast("forget", "zoe-1", "--project", shop.folder)
    assert said.code == 2
    assert "zoe" not in said.err
    assert not (shop.folder / RECEIPTS).exists()
    assert segcast("forget", "zoe-1", "--check", "--project", shop.folder).out == "No receipt is theirs.\n"


def test_somebody_who_is_only_in_a_file_is_forgotten_too(shop):
    with (shop.folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("zoe-1000,2026-02-20,15\n")
    assert forget(shop, "zoe-1000", AT).files == {"orders.csv": 1}
    assert forgotten_ids(shop.store, pa.array(["zoe-1000"])).to_pylist() == [True]


def test_the_next_export_does_not_bring_them_back(shop):
    forget(shop, EVE, AT)
    export = f"who,at,total\nann,2026-03-01,20\n{EVE},2026-01-05,30\n{EVE},soon,30\ncookie-99,2026-03-01,1\n"
    (shop.folder / "orders-3.csv").write_text(export, encoding="utf-8")
    assert {one.file: one.rows_kept for one in ingest(shop, AT)}["orders-3.csv"] == 1
    assert naming(shop.store.folder, *TOLD) == []
    # The export itself is the shop's to renew; asked again, it is cleared of the id. What was an alias is no more.
    assert forget(shop, EVE, AT).files == {"orders-3.csv": 2}


def test_a_file_that_is_not_ours_to_change_is_named_in_the_receipt(shop):
    (shop.folder / "notes").mkdir()
    (shop.folder / "notes" / "calls.txt").write_text(f"Call {MAIL}", encoding="utf-8")
    assert forget(shop, EVE, AT).still == ("notes/calls.txt",)


FORGET_AND_DIE = (
    DIES_AT
    + """
from datetime import datetime, UTC
from flows.forgetting import forget
from flows.project import open_project

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
folder, stride, own = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

def forget_until(step):
    copy = folder.with_name(f"killed-{step}")
    shutil.copytree(folder, copy)
    dies_at(step, copy, STEPS)
    forget(open_project(copy), own, datetime(2026, 3, 2, tzinfo=UTC))

forget_until(stride)
"""
)


@pytest.mark.parametrize("step", [6, 16, 34, 60])
def test_killed_at_any_step_and_started_again_it_completes(shop, step):
    told = [sys.executable, "-c", FORGET_AND_DIE, str(shop.folder), str(step), EVE]
    done = subprocess.run(told, check=False, timeout=120)
    assert done.returncode == -9
    project = open_project(shop.folder.with_name(f"killed-{step}"))
    receipt = forget(project, EVE, AT)
    assert receipt.is_of(EVE)
    assert naming(project.folder, *TOLD) == []
    assert not (project.store.folder / UNDERWAY).exists()
    assert project.store.span()
    assert len(publications(project.published)) == 1


def test_whoever_is_forgotten_next_finishes_what_was_interrupted(shop):
    told = [sys.executable, "-c", FORGET_AND_DIE, str(shop.folder), "16", EVE]
    subprocess.run(told, check=False, timeout=120)
    project = open_project(shop.folder.with_name("killed-16"))
    assert forget(project, "bob", AT).is_of("bob")
    assert naming(project.folder, *TOLD) == []
    assert len(list(receipts(project.folder / RECEIPTS))) == 2
