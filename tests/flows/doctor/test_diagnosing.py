"""What the doctor says of a project that is well, and of each thing that may be amiss with one."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

from flows.doctor.diagnosing import diagnose
from flows.doctor.environment import environment, packages
from flows.doctor.said import is_amiss
from flows.project import open_project
from pipeline.events.quality.finding import Severity
from pipeline.events.tables import EVENTS
from tests.rows import arrow, days_before, event

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
GROUPS = ["environment", "settings", "sources", "log", "models", "publications", "destinations", "nights"]


def said(folder, about):
    """The findings about one thing."""
    return [one for group in diagnose(folder, NOW) for one in group.findings if one.about == about]


def sentence(folder, about):
    (one,) = said(folder, about)
    return one.sentence


def test_every_side_is_looked_at(corner_shop):
    groups = list(diagnose(corner_shop, NOW))
    assert [group.name for group in groups] == GROUPS
    assert is_amiss(groups)


def test_each_thing_amiss_comes_with_what_to_do(corner_shop):
    found = [one for group in diagnose(corner_shop, NOW) for one in group.findings]
    wrong = [one for one in found if one.severity is not Severity.NOTE]
    assert {one.about for one in wrong} >= {"event log", "models", "publication"}
    assert all(one.action for one in wrong)
    assert not any(one.action for one in found if one.severity is Severity.NOTE)


def test_the_packages_are_as_segcast_asks_for():
    (one,) = packages()
    assert one.severity is Severity.NOTE


def test_a_mistake_in_the_settings_names_its_line_and_ends_the_examination(corner_shop):
    settings = corner_shop / "segcast.toml"
    settings.write_text('[shop]\nname = "Corner shop"\ncurency = "EUR"\n', encoding="utf-8")
    groups = list(diagnose(corner_shop, NOW))
    assert [group.name for group in groups] == ["environment", "settings"]
    assert f"{settings}:3: there is no setting" in groups[-1].findings[0].sentence


def test_a_segment_that_makes_no_sense_hides_nothing_else(corner_shop):
    (corner_shop / "segments.yaml").write_text("- name: mine\n  when: order_90d > 1\n", encoding="utf-8")
    assert [group.name for group in diagnose(corner_shop, NOW)] == GROUPS
    assert sentence(corner_shop, "settings").startswith("segments.yaml:2, segment mine, when")


def test_a_source_says_how_old_its_newest_file_is(corner_shop):
    days = 86_400 * 3
    os.utime(corner_shop / "orders.csv", (NOW.timestamp() - days, NOW.timestamp() - days))
    assert sentence(corner_shop, "source orders") == "One file, orders.csv, 3 days old."


def test_a_source_that_cannot_be_looked_at_is_amiss_and_says_why(corner_shop):
    settings = corner_shop / "segcast.toml"
    too_long = "orders" * 100
    settings.write_text(settings.read_text(encoding="utf-8").replace("orders.csv", too_long), encoding="utf-8")
    (one,) = said(corner_shop, "source orders")
    assert one.severity is Severity.SEVERE
    assert one.sentence == f"{corner_shop / too_long} cannot be looked at: File name too long."


def test_a_log_that_holds_no_events_is_amiss(corner_shop):
    store = open_project(corner_shop).store
    store.append(EVENTS, arrow([event("ann", days_before(1))]))
    with store.writing() as change:
        change.delete_before(EVENTS, days_before(0))
    (one,) = said(corner_shop, "event log")
    assert (one.sentence, one.action) == ("It holds no events yet.", "segcast ingest")


def test_a_key_that_the_settings_name_and_the_environment_lacks_is_amiss(corner_shop, monkeypatch):
    settings = corner_shop / "segcast.toml"
    webhook = '[monitoring]\nwebhook = "https://example.org/x"\nwebhook_secret = "NIGHT_SECRET"\n'
    named = f'{settings.read_text(encoding="utf-8")}[privacy]\npseudonym_key = "SHOP_KEY"\n{webhook}'
    settings.write_text(named, encoding="utf-8")
    assert "environment variable SHOP_KEY, which is not set" in sentence(corner_shop, "pseudonym key")
    assert "environment variable NIGHT_SECRET, which holds none" in sentence(corner_shop, "webhook")
    monkeypatch.setenv("SHOP_KEY", "k" * 32)
    monkeypatch.setenv("NIGHT_SECRET", "whsec_not base64")
    assert said(corner_shop, "pseudonym key") == []
    (one,) = said(corner_shop, "webhook")
    assert one.action == "Set NIGHT_SECRET anew."
    assert "not base64" not in one.sentence
    monkeypatch.setenv("NIGHT_SECRET", "any text")
    assert said(corner_shop, "webhook") == []


def test_a_source_without_files_is_amiss(corner_shop):
    (corner_shop / "orders.csv").unlink()
    (one,) = said(corner_shop, "source orders")
    assert one.severity is Severity.SEVERE
    assert 'expected a file matching "orders.csv"' in one.sentence
    assert one.action.startswith("Try a path")


def test_a_database_without_its_password_is_amiss_and_one_with_it_is_not_asked(corner_shop, monkeypatch):
    settings = corner_shop / "segcast.toml"
    source = '[[sources]]\nname = "shop"\nformat = "sql"\nurl = "postgresql://segcast:${SHOP_DB}@localhost:1/shop"\n'
    settings.write_text(f'[shop]\nname = "Corner shop"\n{source}query = "select 1"\n', encoding="utf-8")
    assert "the environment variable SHOP_DB" in sentence(corner_shop, "source shop")
    monkeypatch.setenv("SHOP_DB", "very secret")
    assert sentence(corner_shop, "source shop") == (
        "It reads postgresql://segcast:***@localhost:1/shop, which was not asked now."
    )


def test_a_night_that_was_killed_and_one_that_failed_are_told(corner_shop):
    runs = corner_shop / "runs"
    runs.mkdir()
    run = {
        "run_id": "20260302T030000Z-abcdef", "began": "2026-03-02T03:00:00+00:00", "as_of": "2026-03-02T00:00:00+00:00",
        "process": 1, "code_version": "1", "ended": None, "outcome": None, "step": "publish", "steps": [],
        "findings": [], "publication": None, "held_back": None, "error": None,
    }  # fmt: skip
    path = runs / f"{run['run_id']}.json"
    path.write_text(json.dumps(run), encoding="utf-8")
    assert "was killed during publish" in sentence(corner_shop, "last night")
    path.write_text(json.dumps({**run, "outcome": "failed", "error": "No room."}), encoding="utf-8")
    assert "failed: No room." in sentence(corner_shop, "last night")
    path.write_text(json.dumps({**run, "outcome": "published", "publication": "p"}), encoding="utf-8")
    assert said(corner_shop, "last night")[0].severity is Severity.NOTE
    training = {**run, "run_id": "20260301T010000Z-abcdef", "work": "training", "outcome": "failed", "error": "No log."}
    (runs / f"{training['run_id']}.json").write_text(json.dumps(training), encoding="utf-8")
    assert said(corner_shop, "last training")[0].action == "segcast train, once that is mended."
    path.write_text("{", encoding="utf-8")
    assert f"{path} cannot be read" in sentence(corner_shop, "records")


def test_the_next_night_is_told_in_the_shops_time(corner_shop):
    assert sentence(corner_shop, "schedule").startswith("The next night is due 2026-03-03 03:00 (UTC)")


def test_the_command_says_how_many_things_are_amiss_and_exits_with_2(segcast, corner_shop):
    told = segcast("doctor", "--project", corner_shop)
    assert told.code == 2
    assert "findings need something done" in told.out
    found = json.loads(segcast("doctor", "--project", corner_shop, "--json").out)
    assert found["amiss"] == sum(one["severity"] != "note" for one in found["findings"])


def test_a_demo_that_has_run_is_well_even_when_all_rows_are_read(segcast, demo):
    told = segcast("doctor", "--deep", "--project", demo)
    assert (told.code, told.err) == (0, "")
    assert "Nothing is amiss" in told.out
    assert "all rows of which can be read" in told.out


def test_the_doctor_needs_nothing_of_prefect():
    script = "import sys, flows.doctor.diagnosing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "prefect" not in loaded


def test_the_environment_is_told(corner_shop):
    settings = open_project(corner_shop).settings
    told = [one.about for one in environment(corner_shop, settings)]
    assert told == ["python", "packages", "memory", "disk", "text", "time zone"]
