"""What becomes of a shop's exports on the shop's own terms."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from flows.ingesting import ingest, preview
from flows.moments import cut_offs_of
from flows.project import open_project
from pipeline.errors import SettingsError
from pipeline.events.gaps import SILENT, Gap, remember
from pipeline.events.pseudonyms import pseudonym
from pipeline.events.tables import EVENTS, QUARANTINE

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEY = "a key that is long enough"


@pytest.fixture
def shop(corner_shop):
    """Return a function that opens the corner shop with more lines in its settings."""

    def opened(more=""):
        path = corner_shop / "segcast.toml"
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
        return open_project(corner_shop)

    return opened


def column(project, contract, name):
    return sorted(project.store.engine.to_pyarrow(project.store.read(contract).select(name))[name].to_pylist(), key=str)


def test_a_dry_run_shows_rows_as_they_would_rest_and_what_would_not_and_stores_nothing(shop, segcast):
    project = shop()
    with (project.folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("zoe,yesterday,12\n")
    said = segcast("ingest", "--project", project.folder, "--dry-run", "--json")
    told = json.loads(said.out)
    assert [row["customer_id"] for row in told["rows"]["events"]] == ["ann", "ann", "bob", "eve"]
    assert told["rows"]["events"][0]["amount"] == 20.0
    (reject,) = told["rejects"]
    assert (reject["line"], reject["reason"]) == (5, "unreadable occurred_at")
    assert "yesterday" in reject["row"]
    assert project.store.snapshot.number == 0
    people = segcast("ingest", "--project", project.folder, "--dry-run").out
    assert "unreadable occurred_at" in people
    assert "zoe" in people


def test_one_source_alone_can_be_read_and_an_unknown_one_names_the_nearest(shop, segcast):
    project = shop()
    assert [report.source for report in ingest(project, AT, "orders")] == ["orders"]
    said = segcast("ingest", "--project", project.folder, "--source", "order")
    assert said.code == 2
    assert 'Did you mean "orders"?' in said.err


def test_ids_rest_under_pseudonyms_and_what_is_set_aside_without_its_text(shop, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", KEY)
    project = shop('[privacy]\npseudonym_key = "SHOP_KEY"\n')
    with (project.folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("zoe,yesterday,12\n")
    ingest(project, AT)
    assert set(column(project, EVENTS, "customer_id")) == {
        pseudonym(who, KEY.encode()) for who in ("ann", "bob", "eve")
    }
    assert column(project, QUARANTINE, "row") == [None]
    for path in (project.folder / "store").rglob("*.parquet"):
        values = {str(value) for values in pq.read_table(path).to_pydict().values() for value in values}
        assert not values & {"ann", "bob", "eve", "zoe"}
        assert b"zoe" not in path.read_bytes()


def test_a_key_that_is_not_there_is_one_sentence_and_nothing_is_read(shop, monkeypatch):
    monkeypatch.delenv("SHOP_KEY", raising=False)
    project = shop('[privacy]\npseudonym_key = "SHOP_KEY"\n')
    with pytest.raises(SettingsError, match="environment variable SHOP_KEY, which is not set"):
        ingest(project, AT)
    assert project.store.snapshot.number == 0


def test_what_is_past_retention_is_not_taken_in_and_goes_when_its_time_has_come(shop):
    project = shop('[privacy]\nretention = "100 days"\n')
    (report,) = ingest(project, AT)
    assert report.quarantined == {"past retention": 2}
    assert column(project, EVENTS, "customer_id") == ["ann", "bob"]
    assert column(project, QUARANTINE, "row") == [None, None]
    ingest(project, AT + timedelta(days=60))
    assert column(project, EVENTS, "customer_id") == ["bob"]


def test_who_was_forgotten_does_not_come_back_with_the_next_export(shop, segcast):
    project = shop()
    ingest(project, AT)
    assert segcast("forget", "ann", "--project", project.folder).code == 0
    (project.folder / "orders.csv").write_text("who,at,total\nann,2025-11-02,20\ncat,2026-02-27,9\n", encoding="utf-8")
    (report,) = ingest(project, AT)
    assert report.quarantined == {"forgotten": 1}
    assert column(project, EVENTS, "customer_id") == ["bob", "cat", "eve"]
    assert column(project, QUARANTINE, "row") == [None]


def test_a_preview_reads_on_the_same_terms(shop):
    project = shop('[privacy]\nretention = "100 days"\n')
    (report,) = preview(project, AT).reports
    assert report.quarantined == {"past retention": 2}


def test_no_cut_off_is_learned_from_whose_outcome_the_tracker_missed(shop):
    project = shop('[training]\ncut_offs = 2\nevery = "5 days"\n[tasks.churn]\nhorizon = "10 days"\n')
    ingest(project, AT)
    (churn,) = [task for task in project.tasks if task.name == "churn"]
    as_of = datetime(2026, 2, 20, tzinfo=UTC)
    before = cut_offs_of(project, churn, as_of)
    silent_from, silent_to = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 1, 24, tzinfo=UTC)
    remember(project.store, [Gap("order_placed", SILENT, silent_from, silent_to, 5.0, 0.0)], as_of)
    after = cut_offs_of(project, churn, as_of)
    missed = set(before) - set(after)
    assert missed
    assert all(cut < silent_to and cut + churn.horizon > silent_from for cut in missed)
    assert all(cut >= silent_to or cut + churn.horizon <= silent_from + timedelta(days=1) for cut in after)
