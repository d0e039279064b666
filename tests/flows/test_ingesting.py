"""What becomes of a shop's exports on the shop's own terms."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from flows.ingesting import ingest, known_tonight, preview
from flows.moments import cut_offs_of
from flows.night.order import INGEST
from flows.project import open_project
from pipeline.errors import SettingsError
from pipeline.events.gaps import SILENT, Gap, remember
from pipeline.events.pseudonyms import pseudonym
from pipeline.events.tables import CUSTOMERS, EVENTS, QUARANTINE

AT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
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


def write_orders(project, *lines):
    (project.folder / "orders.csv").write_text("\n".join(("who,at,total", *lines, "")), encoding="utf-8")


def known(project, as_of):
    events = project.store.history(as_of).events.select("customer_id", "occurred_at")
    return sorted(row["customer_id"] for row in project.store.engine.to_pyarrow(events).to_pylist())


def test_the_files_that_a_night_reads_are_known_as_of_its_midnight(shop):
    project = shop()
    write_orders(project, "ann,2026-02-27,20")
    INGEST.work(project, AT - DAY, AT - DAY + 3 * HOUR)
    write_orders(project, "bob,2026-02-28 23:59:59.999999,20", "eve,2026-03-01 02:00,9")
    INGEST.work(project, AT, AT + 3 * HOUR)
    assert known(project, AT) == ["ann", "bob"]
    assert known(project, AT + 2 * HOUR) == ["ann", "bob"]
    assert known(project, AT + 3 * HOUR) == ["ann", "bob", "eve"]


def test_a_file_that_comes_a_day_late_counts_when_it_came(shop):
    project = shop()
    write_orders(project, "ann,2026-02-26,20")
    INGEST.work(project, AT - DAY, AT - DAY + 3 * HOUR)
    write_orders(project, "bob,2026-02-27,20")
    INGEST.work(project, AT, AT + 3 * HOUR)
    assert known(project, AT - timedelta(minutes=1)) == ["ann"]
    assert known(project, AT) == ["ann", "bob"]


def test_what_is_ingested_on_its_own_is_known_from_then_on(shop):
    project = shop()
    write_orders(project, "ann,2026-02-27,20")
    ingest(project, AT - DAY)
    write_orders(project, "bob,2026-02-28,20")
    ingest(project, AT + 3 * HOUR)
    assert known(project, AT + 3 * HOUR) == ["ann"]
    assert known(project, AT + 4 * HOUR) == ["ann", "bob"]


@pytest.mark.parametrize("since", [-HOUR, DAY, 9 * DAY])
def test_a_night_that_looks_far_back_or_ahead_knows_its_files_from_when_it_reads_them(since):
    assert known_tonight(AT, AT + since) == AT + since


PEOPLE = """[[sources]]
name = "people"
format = "columns"
files = "people.csv"
table = "customers"
columns = { customer_id = "id", email = "mail" }
"""


def test_of_two_nights_of_one_day_the_later_one_knows_a_customer_better(shop):
    project = shop(PEOPLE)
    for day, address in enumerate(("a@shop.example", "b@shop.example", "a@shop.example")):
        (project.folder / "people.csv").write_text(f"id,mail\nann,{address}\nnew,{day}@shop.example\n")
        INGEST.work(project, AT, AT + day * HOUR)
    rows = project.store.read(CUSTOMERS).filter(lambda one: one.customer_id == "ann").order_by("received_at")
    told = project.store.engine.to_pyarrow(rows)
    assert told["email"].to_pylist() == ["a@shop.example", "b@shop.example", "a@shop.example"]
    assert max(told["received_at"].to_pylist()) < AT


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
