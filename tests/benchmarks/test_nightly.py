"""The benchmark of unattended nights, at a few moments: what it counts is true of what it did."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.nightly import kills, page, thirty, trouble
from benchmarks.nightly.exports import FIRST, Exports, between, exports, lately_known, moments, settings
from benchmarks.nightly.held import Held, differing, held, of_model, orphans
from benchmarks.nightly.process import Asked, Ended
from benchmarks.nightly.world import standing
from flows.damage import damages
from flows.project import open_project
from pipeline.errors import DestinationError
from pipeline.events.tables import EVENTS
from pipeline.publish.destinations.outbox.outbox import writing_outbox
from tests.rows import event

FEW, SHORT = 60, 45  # customers, and days of log: too few for a model, so that nothing is learned for long
DAY = timedelta(days=1)
SHORT_MONTH = (
    trouble.Trouble("away", 1, 1, "status was 503", begins=trouble.go_away, ends=trouble.come_back, echoes=0),
    trouble.Trouble("renamed", 2, 2, "amount", change=trouble.renamed, ends=trouble.mend_settings, lasting=True),
    trouble.Trouble("late", 3, 3, "no such sentence", withheld=True, late=1),
)


@pytest.fixture(scope="module")
def killed():
    return kills.measure(3, customers=FEW, days_before=SHORT)


@pytest.fixture(scope="module")
def month():
    return thirty.measure(5, month=SHORT_MONTH, customers=FEW, days_before=SHORT)


def test_killed_and_begun_again_a_night_ends_as_its_twin_does(killed):
    told = killed.to_json()
    assert told["kills"] == 3
    assert sum(told["kills_by_step"].values()) == 3
    assert told["amiss"] == told["failed"] == []
    for name in ("publications", "models", "tables", "destinations"):
        assert told[f"{name}_that_differ"] == 0
    assert told["orphans"] == told["restarts_that_failed"] == 0
    assert all(seconds > 0 for seconds in told["usual_s"].values())
    assert "publications_that_differ     0" in page.of_kills(told)


def test_a_world_that_becomes_another_has_its_outbox_told_to_its_own_receiver():
    shop = exports(FEW, SHORT, 1, 1)
    with standing(shop) as twin, standing(shop) as world:
        twin.share.mkdir()
        with writing_outbox(twin.project) as outbox:
            outbox.claim("hook", f"webhook {twin.url}")
        world.become(twin, shop)
        with writing_outbox(world.project) as outbox:
            outbox.claim("hook", f"webhook {world.url}")
            with pytest.raises(DestinationError, match=world.url):
                outbox.claim("hook", f"webhook {twin.url}")


def test_a_month_tells_of_each_night_what_went_wrong_and_what_stayed_in_force(month):
    first, away, refused, mended, last = month.nights
    assert [one.exit_code for one in month.nights] == [0, 2, 2, 0, 0]
    assert [one.is_new for one in month.nights] == [True, True, False, True, True]
    assert refused.in_force == away.in_force
    assert away.held == {"share": away.in_force, "hook": first.in_force}
    assert last.held == {"share": last.in_force, "hook": last.in_force}
    assert (away.planted, mended.planted) == (("away",), ("late",))


def test_a_trouble_is_caught_by_what_is_said_of_it_and_by_nothing_else(month):
    told = month.to_json()
    assert {name: became["caught_on"] for name, became in told["troubles"].items()} == {
        "away": 1,
        "renamed": 2,
        "late": None,
    }
    assert told["troubles_caught"] == 2
    assert told["quiet_nights"] == 1
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(told, default=str))
    assert "caught on no night" in page.of_a_month(told)


def test_a_false_alarm_is_a_finding_of_a_quiet_night_that_is_news(month):
    said = [("warning, bots: 3.",), ("warning, bots: 3.",), ("severe, population: 2.", "note, ids: 1."), ()]
    nights = [replace(month.nights[0], findings=one, quiet=True) for one in said]
    told = thirty.Month((), nights).to_json()
    assert told["false_alarms"] == {"severe": 1, "warning": 1}
    disturbed = thirty.Month((), [replace(one, quiet=False) for one in nights]).to_json()
    assert disturbed["false_alarms"] == {"severe": 0, "warning": 0}


def test_a_late_export_is_in_the_log_as_of_the_night_when_it_came():
    shop = exports(FEW, 40, 4, seed=1)
    with standing(shop) as world:
        late = trouble.Trouble("late", 1, 1, "", withheld=True, late=2)
        found = {}
        for night in range(4):
            thirty.plant(world, shop, (late,), night)
            found[night] = sorted(path.name for path in (world.project / "data" / "events").iterdir())
        assert found[1] == ["before.parquet"]
        assert found[2] == ["2026-06-02.parquet", "before.parquet"]
        assert found[3] == ["2026-06-01.parquet", "2026-06-02.parquet", "2026-06-03.parquet", "before.parquet"]


def test_what_a_dead_process_leaves_is_an_orphan():
    shop = Exports({"events": pa.Table.from_pylist([event("ann", FIRST - DAY)], schema=EVENTS.schema)})
    with standing(shop) as world, standing(shop) as twin:
        for one in (world, twin):
            project = open_project(one.project)
            project.store.append(EVENTS, shop.tables["events"])
        assert orphans(world, twin) == []
        left = {
            world.temporary / "segcast-ingest-x" / "scratch.duckdb": "temporary/segcast-ingest-x/scratch.duckdb",
            world.project / "published" / ".unfinished-1" / "a.csv": "project/published/.unfinished-1",
            world.project / "work" / "kept.parquet": "project/work/kept.parquet",
            world.project / "notes.txt": "notes.txt",
            world.project / "mlruns" / "abc" / "artifacts" / "card.json": "mlruns/abc: a folder without a version",
            world.project / "store" / "events" / "month=2026-05" / "x.parquet": "store/events/month=2026-05/x.parquet: "
            "a file of no snapshot",
        }
        for path in left:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("half")
        assert set(left.values()) <= set(orphans(world, twin))


def test_two_worlds_differ_in_what_one_of_them_holds_otherwise():
    shop = Exports({"events": pa.Table.from_pylist([event("ann", FIRST - DAY)], schema=EVENTS.schema)})
    with standing(shop) as world, standing(shop) as twin:
        for one in (world, twin):
            open_project(one.project).store.append(EVENTS, shop.tables["events"])
        assert held(world) == held(twin)
        world.receiver.hook.listed.add("ann")
        (world.share / "LATEST").parent.mkdir()
        (world.share / "LATEST").write_text("other")
        open_project(world.project).store.append(EVENTS, shop.tables["events"])
        ours, theirs = held(world), held(twin)
        assert differing(ours.outside, theirs.outside) == ["LATEST", "hook"]
        assert differing(ours.store, theirs.store) == ["events", "snapshot"]


def test_a_model_is_the_same_where_its_archive_differs_in_times_and_places_only(tmp_path):
    folder = {name: tmp_path / name for name in ("one", "same", "other")}
    for name, value in (("one", 1.0), ("same", 1.0), ("other", 2.0)):
        folder[name].mkdir()
        with ZipFile(folder[name] / "linear.skops", "w") as archive:
            content = BytesIO()
            np.save(content, np.array([value]))
            archive.writestr(ZipInfo(f"{id(name)}.npy", (2026, 1, len(name), 0, 0, 0)), content.getvalue())
        card = {"trained": "as of then", "files": {"linear.skops": name, "trees.txt": "same"}}
        (folder[name] / "card.json").write_text(json.dumps(card))
    one, same, other = ([of_model(place / file) for file in ("linear.skops", "card.json")] for place in folder.values())
    assert one == same
    assert (one[0] == other[0], one[1] == other[1]) == (False, True)


def test_all_that_differs_is_told_once_for_each_night():
    ours = Held("b", {"b/report.html": "1", "b/segments.csv": "2", "LATEST": "3"}, {}, {}, {})
    theirs = Held("a", {"a/report.html": "1", "LATEST": "4"}, {}, {}, {})
    (told,) = kills.publications("night 3", ours, theirs)
    assert told == "night 3: b for a: LATEST, a/report.html, b/report.html, b/segments.csv"
    assert kills.publications("night 3", ours, ours) == []


def test_a_night_reads_what_became_known_in_the_day_before_it():
    known = [FIRST - DAY - timedelta(seconds=1), FIRST - DAY, FIRST - timedelta(seconds=1), FIRST]
    rows = pa.table({"received_at": pa.array(known, pa.timestamp("us", "UTC")), "n": [0, 1, 2, 3]})
    assert between(rows, FIRST - DAY, FIRST)["n"].to_pylist() == [1, 2]
    assert between(rows, datetime.min.replace(tzinfo=UTC), FIRST)["n"].to_pylist() == [0, 1, 2]
    assert lately_known(rows, FIRST)["received_at"].to_pylist() == [FIRST] * 4


def test_the_settings_name_every_column_of_an_export(tmp_path):
    shop = exports(3, 20, 1, seed=1)
    (tmp_path / "segcast.toml").write_text(settings(shop.tables))
    sources = open_project(tmp_path).settings.sources
    assert {one.table: set(one.columns) for one in sources} == {
        name: set(rows.column_names) for name, rows in shop.tables.items()
    }


def test_troubles_change_an_export_as_they_say():
    rows = [event("ann", FIRST, "order_placed", amount=Decimal("10.01")), event("bob", FIRST, "email_opened")]
    events = pa.Table.from_pylist(rows, schema=EVENTS.schema)
    assert trouble.without_opens(events)["customer_id"].to_pylist() == ["ann"]
    assert trouble.without_views(events) == events
    assert trouble.dearer(events)["amount"].to_pylist() == [Decimal("13.01"), None]
    moved = trouble.dearer(trouble.renamed(events))
    assert moved["net_amount"].to_pylist() == [Decimal("13.01"), None]
    assert "amount" not in moved.column_names


def test_a_damaged_file_differs_in_its_middle_only(tmp_path):
    path = tmp_path / "some"
    path.write_bytes(bytes(1000))
    trouble.damage(path)
    content = path.read_bytes()
    assert (content[:500], len(content)) == (bytes(500), 1000)
    assert content[500:564] == bytes([255]) * 64
    assert content[564:] == bytes(436)


def test_a_table_cut_short_is_seen_and_whole_again_when_it_is_put_back():
    shop = Exports({"events": pa.Table.from_pylist([event("ann", FIRST - DAY)], schema=EVENTS.schema)})
    with standing(shop) as world:
        open_project(world.project).store.append(EVENTS, shop.tables["events"])
        trouble.damage_store(world)
        (found,) = damages(world.project)
        (planted,) = [one for one in trouble.MONTH if one.begins is trouble.damage_store]
        assert planted.is_told_by(found.sentence)
        trouble.restore_store(world)
        assert list(damages(world.project)) == []


def test_troubles_disturb_their_nights_and_the_echoes_after():
    late = trouble.Trouble("late", 3, 4, "", withheld=True, late=2, echoes=1)
    assert [night for night in range(10) if late.disturbs(night)] == [3, 4, 5, 6, 7]
    assert [night for night in range(10) if late.brings(night)] == [5, 6]
    lasting = trouble.Trouble("renamed", 3, 4, "", lasting=True)
    assert [night for night in range(7) if lasting.changes(night)] == [3, 4, 5, 6]


def test_the_month_has_every_trouble_that_a_shop_knows_in_nights_of_their_own():
    spans = [range(one.first, one.last + 1 + (one.late or 0)) for one in trouble.MONTH]
    nights = [night for span in spans for night in span]
    assert len(nights) == len(set(nights))
    assert max(nights) < thirty.NIGHTS


def test_a_process_that_was_killed_did_not_end_well():
    assert not Ended(-9, 1.0, {}).well
    assert not Ended(3, 1.0, {}).well
    assert Ended(0, 1.0, {"steps": [{"name": "ingest", "seconds": 2.0}]}).steps == {"ingest": 2.0}
    assert Asked(FIRST, FIRST).retrain is False
    assert list(moments(2)) == [FIRST, FIRST + DAY]
