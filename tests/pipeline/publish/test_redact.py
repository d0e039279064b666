"""Take somebody out of two publications, and look at every byte of what is left."""

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.events.person import Person
from pipeline.publish import exchange as exchanging
from pipeline.publish.edition import Edition
from pipeline.publish.manifest import checksum
from pipeline.publish.publication import latest, publish
from pipeline.publish.published import publications
from pipeline.publish.redact import redact
from pipeline.publish.report.redact import without_person
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles
from tests.dying import DIES_AT

AT = datetime(2010, 9, 11, 12, tzinfo=UTC)


def renamed(edition: Edition, own: str, to: str) -> Edition:
    """The edition with another id for one customer."""

    def with_name(table: pa.Table) -> pa.Table:
        ids = pc.if_else(pc.equal(table["customer_id"], own), to, table["customer_id"])
        return table.set_column(table.column_names.index("customer_id"), "customer_id", ids)

    members = edition.memberships
    return replace(
        edition,
        profiles=Profiles(edition.as_of, with_name(edition.profiles.table)),
        memberships=Memberships(edition.as_of, with_name(members.table), members.left_out),
        contacts=with_name(edition.contacts),
    )


@pytest.fixture
def folder(tmp_path: Path, yesterday: Edition, today: Edition) -> Path:
    """Two publications."""
    first = publish(tmp_path / "published", yesterday)
    publish(tmp_path / "published", replace(today, previous=first))
    return tmp_path / "published"


def somebody(folder: Path) -> Person:
    """Whom the page of the latest publication shows first, with an address."""
    with (latest(folder).path / "lists" / "predicted_at_risk.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["email"])
    return Person(frozenset({row["customer_id"]}), frozenset({row["email"]}))


def is_complete(path: Path) -> bool:
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return all(checksum(path / name) == entry["sha256"] for name, entry in manifest["files"].items())


def names(folder: Path, *values: str) -> list[Path]:
    """The files that hold one of the values, those of Parquet looked through value by value."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += str(pq.ParquetFile(path).read().to_pylist()).encode()
        if any(value.encode() in content for value in values):
            found.append(path)
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_byte_of_any_publication_names_who_was_taken_out(folder: Path) -> None:
    person = somebody(folder)
    told = [*person.ids, *person.contacts]
    assert len(names(folder, *told)) > 6
    counts = redact(folder, person, AT)
    assert names(folder, *told) == []
    assert set(counts) == {publication.publication_id for publication in publications(folder)}
    assert list(folder.glob(".unfinished*")) == []


def test_everybody_else_stays_and_the_publication_is_complete_under_its_id(folder: Path) -> None:
    before, person = latest(folder), somebody(folder)
    tables = {
        name: pq.ParquetFile(before.path / name).read() for name in ("memberships.parquet", "predictions.parquet")
    }
    lines = {path.name: path.read_text().splitlines() for path in (before.path / "lists").iterdir()}
    own = next(iter(person.ids))
    redact(folder, person, AT)
    after = latest(folder)
    assert after.publication_id == before.publication_id
    assert is_complete(after.path)
    for name, table in tables.items():
        kept = pq.ParquetFile(after.path / name).read()
        assert kept.equals(table.filter(pc.field("customer_id") != own))
        assert after.manifest["files"][name]["rows"] == kept.num_rows < table.num_rows
    for path in (after.path / "lists").iterdir():
        assert path.read_text().splitlines() == [line for line in lines[path.name] if not line.startswith(f'"{own}"')]
    assert (after.path / "segments.csv").read_bytes() == files(before.path)["segments.csv"]


def test_the_manifest_says_how_many_went_and_when_and_not_who(folder: Path) -> None:
    counts = redact(folder, somebody(folder), AT)
    first = latest(folder)
    again = redact(folder, somebody(folder), AT)
    manifest = latest(folder).manifest
    assert first.manifest["erased"]["rows"] == counts[first.publication_id]
    assert manifest["erased"]["people"] == 2
    assert manifest["erased"]["rows"] == counts[first.publication_id] + again[first.publication_id]
    assert manifest["erased"]["last_at"] == "2010-09-11T12:00:00+00:00"
    unchanged = manifest.keys() - {"files", "erased"}
    assert {name: manifest[name] for name in unchanged} == {name: first.manifest[name] for name in unchanged}


def test_somebody_whom_no_publication_names_changes_nothing(folder: Path) -> None:
    before = files(folder)
    assert redact(folder, Person(frozenset({"1"}), frozenset({"nobody@example.org"})), AT) == {}
    assert files(folder) == before
    assert redact(folder / "none", somebody(folder), AT) == {}


@pytest.mark.parametrize("own", ["12", "<b>\"&'", "=1+2", "@ann", 'a,"b', "Predicted at risk", "c-1000"])
def test_whatever_an_id_looks_like_its_rows_go_and_no_others(tmp_path: Path, today: Edition, own: str) -> None:
    folder = tmp_path / "published"
    everyone = today.profiles.table
    best = everyone.sort_by([("value_at_stake", "descending")])["customer_id"].to_pylist()
    edition = renamed(renamed(today, best[0], own), best[1], f"{own}3")
    before = publish(folder, edition)
    sizes = {name: entry["rows"] for name, entry in before.manifest["files"].items() if entry["rows"] is not None}
    rows = (before.path / "report.html").read_text().count("<tr")
    redact(folder, Person(frozenset({own})), AT)
    after = latest(folder)
    assert is_complete(after.path)
    assert own not in pq.ParquetFile(after.path / "predictions.parquet").read()["customer_id"].to_pylist()
    lost = {name: size - after.manifest["files"][name]["rows"] for name, size in sizes.items()}
    members = edition.memberships.table.filter(pc.field("customer_id") == own).num_rows
    assert lost["predictions.parquet"] == 1
    assert lost["memberships.parquet"] == sum(count for name, count in lost.items() if name.startswith("lists/"))
    assert lost["memberships.parquet"] == members
    assert (after.path / "report.html").read_text().count("<tr") == rows - 1


def test_a_page_from_before_the_mark_loses_the_row_too(folder: Path) -> None:
    own = next(iter(somebody(folder).ids))
    page = (latest(folder).path / "report.html").read_text(encoding="utf-8")
    older = page.replace(f'<tr data-customer="{own}">', "<tr>")
    assert without_person(older, Person(frozenset({own}))) == without_person(page, Person(frozenset({own})))
    assert older.count("<tr") - without_person(older, Person(frozenset({own}))).count("<tr") == 1


def test_a_file_that_somebody_put_there_goes_if_it_names_the_person(folder: Path) -> None:
    person = somebody(folder)
    notes = latest(folder).path / "notes.txt"
    notes.write_text(f"Call {next(iter(person.contacts))} on Monday", encoding="utf-8")
    (latest(folder).path / "other.txt").write_text("Call nobody", encoding="utf-8")
    redact(folder, person, AT)
    assert not notes.exists()
    assert notes.with_name("other.txt").exists()


def test_which_publication_of_a_moment_is_the_newest_does_not_change(tmp_path: Path, today: Edition) -> None:
    folder = tmp_path / "published"
    published = [publish(folder, replace(today, notes=(note,))).publication_id for note in ("one", "two")]
    shown = [publication.publication_id for publication in publications(folder)]
    redact(folder, somebody(folder), AT)
    assert [publication.publication_id for publication in publications(folder)] == shown
    assert sorted(shown) == sorted(published)


def test_where_folders_cannot_change_names_at_once_it_takes_two_steps(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(exchanging, "_exchanged", lambda *_: False)
    person = somebody(folder)
    redact(folder, person, AT)
    assert names(folder, *person.ids, *person.contacts) == []
    assert all(is_complete(publication.path) for publication in publications(folder))


def test_a_publication_that_was_lost_between_the_two_steps_comes_back(folder: Path) -> None:
    person, place = somebody(folder), latest(folder).path
    place.rename(place.with_name(f".replaced-{place.name}"))
    redact(folder, person, AT)
    assert latest(folder).path == place
    assert names(folder, *person.ids, *person.contacts) == []


REDACT_AND_DIE = (
    DIES_AT
    + """
from datetime import datetime, UTC
from pipeline.events.person import Person
from pipeline.publish.redact import redact

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "ctypes.call_function", "shutil.rmtree"}
folder, stride = Path(sys.argv[1]), int(sys.argv[2])
person = Person(frozenset({sys.argv[3]}), frozenset({sys.argv[4]}))

def redact_until(step):
    copy = folder.with_name(f"killed-{step}")
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        dies_at(step, copy, STEPS)
        redact(copy, person, datetime(2010, 9, 11, tzinfo=UTC))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

step = 1
while redact_until(step) == -signal.SIGKILL:
    step += stride
"""
)


def test_killed_at_any_step_it_leaves_complete_publications_and_finishes_when_started_again(folder: Path) -> None:
    person = somebody(folder)
    told = [*person.ids, *person.contacts]
    ids = {publication.publication_id for publication in publications(folder)}
    subprocess.run([sys.executable, "-c", REDACT_AND_DIE, str(folder), "17", *told], check=True, timeout=120)
    killed = sorted(folder.parent.glob("killed-*"))
    assert len(killed) > 5
    for place in killed:
        standing = publications(place)
        assert {publication.publication_id for publication in standing} == ids
        assert all(is_complete(publication.path) for publication in standing)
        redact(place, person, AT)
        assert names(place, *told) == []
        assert all(is_complete(publication.path) for publication in publications(place))
        shutil.rmtree(place)
