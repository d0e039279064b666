"""A project of which one file is damaged: what a command says, with which exit code, and what stays as it was."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from flows.damage import damages, explained
from flows.ingesting import ingest
from flows.project import open_project
from flows.publishing.pressing import press
from flows.segmenting.scoring import score
from flows.syncing.sync import sync
from pipeline.publish.publication import latest
from tests.once import once

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
AS_OF = ("--as-of", f"{MOMENT:%Y-%m-%d}")
SETTINGS = """
[shop]
name = "Corner shop"
[[sources]]
name = "orders"
format = "columns"
files = "orders.csv"
constants = { event_type = "order_placed" }
columns = { customer_id = "who", occurred_at = "at", amount = "total" }
[[destinations]]
name = "share"
to = "files"
path = "shared"
"""
ORDERS = "who,at,total\nann,2025-11-02,20\nann,2026-01-05,30\nbob,2026-02-20,15\neve,2025-06-01,80\n"


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def remove(path):
    path.unlink()


def begin(folder):
    """Let a shop publish and tell its destination."""
    (folder / "segcast.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    project = open_project(folder)
    ingest(project, NOW)
    press(project, score(project, MOMENT))
    sync(project, NOW)


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    return once(tmp_path_factory, "damage", begin)


@pytest.fixture
def shop(begun, tmp_path):
    """A shop of its own that has published and told its destination."""
    return shutil.copytree(begun, tmp_path / "shop")


FILES = {
    "rows": "store/events/month=2026-01/*.parquet",
    "log": "store/events/_delta_log/*.json",
    "snapshot": "store/snapshots/*.json",
    "models": "mlflow.db",
}


@pytest.mark.parametrize(("which", "harm"), [(name, harm) for name in FILES for harm in (cut, zero)])
def test_the_file_is_named_in_one_sentence_and_the_publication_stays(segcast, shop, which, harm):
    path = max(shop.glob(FILES[which]))
    published = latest(shop / "published")
    harm(path)
    said = segcast("publish", "--project", shop, "--as-of", "2026-03-02")
    assert (said.code, said.out) == (2, "")
    (sentence,) = said.err.strip().splitlines()[-1:]
    assert str(path) in sentence
    assert "Traceback" not in said.err
    assert latest(shop / "published") == published


@pytest.mark.parametrize("which", FILES)
def test_the_doctor_names_the_file_and_what_to_do(segcast, shop, which):
    path = max(shop.glob(FILES[which]))
    cut(path)
    told = json.loads(segcast("doctor", "--project", shop, "--json").out)
    severe = [one for one in told["findings"] if one["severity"] == "severe"]
    assert any(str(path) in one["sentence"] and one["action"] for one in severe)


@pytest.mark.parametrize("name", ["predictions.parquet", "memberships.parquet", "segments.csv"])
@pytest.mark.parametrize("harm", [cut, zero, remove])
def test_what_was_published_is_held_against_its_checksums(segcast, shop, name, harm):
    path = latest(shop / "published").path / name
    harm(path)
    (damage,) = damages(shop)
    assert damage.path == path
    assert "segcast publish --as-of 2026-03-01T00:00Z" in damage.action
    assert segcast("doctor", "--project", shop).code == 2


def test_a_publication_whose_manifest_is_damaged_says_what_to_do(segcast, shop):
    cut(latest(shop / "published").path / "manifest.json")
    told = json.loads(segcast("doctor", "--project", shop, "--json").out)
    (one,) = [one for one in told["findings"] if one["about"] == "publication"]
    assert "manifest.json cannot be read" in one["sentence"]
    assert "LATEST name the one before" in one["action"]


def test_what_to_do_about_a_publication_brings_it_back(segcast, shop):
    before = latest(shop / "published")
    cut(before.path / "predictions.parquet")
    (damage,) = damages(shop)
    assert f"remove {shop / 'published' / 'LATEST'}" in damage.action
    shutil.rmtree(before.path)
    (shop / "published" / "LATEST").unlink()
    assert segcast("publish", "--project", shop, *AS_OF).code == 0
    assert latest(shop / "published").publication_id == before.publication_id
    assert list(damages(shop)) == []


def test_what_to_do_about_the_log_brings_it_back(segcast, shop):
    cut(max(shop.glob(FILES["rows"])))
    shutil.move(shop / "store", shop / "store.damaged")
    before = latest(shop / "published")
    assert segcast("ingest", "--project", shop).code == 0
    assert segcast("publish", "--project", shop, *AS_OF).code == 0
    assert latest(shop / "published").publication_id == before.publication_id


def test_a_damaged_outbox_says_what_nobody_knows_any_more(segcast, shop):
    zero(shop / "outbox.db")
    said = segcast("doctor", "--project", shop, "--json")
    assert said.code == 2
    (one,) = [one for one in json.loads(said.out)["findings"] if one["about"] == "outbox"]
    assert "outbox.db" in one["sentence"]


def test_an_error_that_no_file_is_behind_stays_what_it_is(shop):
    assert explained(shop, ZeroDivisionError()) is None


def test_a_whole_project_has_no_damage(shop):
    assert list(damages(shop, deep=True)) == []
