import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from flows.cli.quality import quality, sparkline
from pipeline.events.gaps import known_gaps
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from tests.rows import AS_OF, arrow, days_before, event


def visits(kind, silent=()):
    """Thirty an hour apart on each of sixty days."""
    return [
        event(f"c{i}", days_before(day) + timedelta(minutes=47 * i), kind, event_id=f"{kind}{day}/{i}")
        for day in range(1, 61)
        for i in range(30)
        if day not in silent
    ]


@pytest.fixture
def project(tmp_path):
    (tmp_path / "segcast.toml").write_text('[shop]\nname = "Shop"\n', encoding="utf-8")
    rows = visits("page_viewed", silent={5, 6}) + visits("order_placed")
    Store(tmp_path / "store").append(EVENTS, arrow(rows))
    return tmp_path


def look(project, *options):
    done = CliRunner().invoke(quality, ["--project", str(project), "--as-of", f"{AS_OF:%Y-%m-%d}", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_look_prints_findings_gaps_and_volumes(project):
    said = look(project)
    assert "page_viewed was silent from 2026-02-23 to 2026-02-24: 0 events a day instead of 30." in said
    assert "2026-02-23 │ 2026-02-24" in said or "2026-02-23   2026-02-24" in said
    assert "1,740" in said
    assert "█" in said


def test_a_look_as_json_holds_everything(project):
    told = json.loads(look(project, "--json"))
    assert told["gaps"][0]["event_type"] == "page_viewed"
    assert told["findings"][0]["about"] == "tracking gap"
    assert sum(row["events"] for row in told["volumes"]) == 3540
    assert told["suspects"] == []


def test_the_gaps_are_remembered_once(project):
    store = Store(project / "store")
    look(project)
    snapshot = store.snapshot.number
    look(project)
    assert store.snapshot.number == snapshot
    assert [gap.event_type for gap in known_gaps(store, AS_OF + timedelta(seconds=1))] == ["page_viewed"]
    assert known_gaps(store, AS_OF) == ()


def test_an_empty_log_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "segcast.toml").write_text('[shop]\nname = "Shop"\n', encoding="utf-8")
    done = CliRunner().invoke(quality, ["--project", str(tmp_path)])
    assert "Try `segcast ingest` first" in str(done.exception)


def test_a_line_of_bars_rises_with_the_counts():
    assert sparkline([0, 1, 4, 8]) == " ▁▄█"
    assert sparkline([0, 0]) == "  "
    assert sparkline([]) == ""
