import json
from datetime import datetime, timedelta

import pytest

from flows.cli.press import record_as_json
from flows.night.lock import one_night
from flows.night.runs import last_run
from flows.project import open_project
from pipeline.publish.published import latest

LAST = datetime.fromisoformat("2026-02-20T00:00:00+00:00")


@pytest.fixture
def daily_shop(corner_shop):
    """A shop of whose seven customers one orders each day, until the log stops."""
    daily = (f"customer-{day % 7},{LAST - timedelta(days=day):%Y-%m-%d},20\n" for day in range(60))
    (corner_shop / "orders.csv").write_text(f"who,at,total\n{''.join(daily)}", encoding="utf-8")
    return corner_shop


def test_run_exits_with_3_and_says_how_to_go_on_where_the_monitor_holds_it_back_and_status_tells(daily_shop, segcast):
    held = segcast("run", "--project", daily_shop, "--as-of", "2026-03-05", "--json")
    told = json.loads(held.out)
    assert (held.code, told["outcome"], told["publication"]) == (3, "held back", None)
    assert "--anyway" in told["held_back"]
    assert {"about": "freshness", "severity": "severe"}.items() <= told["findings"][0].items()
    status = json.loads(segcast("status", "--project", daily_shop, "--json").out)
    assert (status["last"][0]["outcome"], status["last"][0]["run"]["held_back"]) == ("held back", told["held_back"])
    assert json.loads(json.dumps(record_as_json(last_run(daily_shop), None))) == told  # what a flow prints

    done = segcast("run", "--project", daily_shop, "--as-of", "2026-03-05", "--anyway", "--json")
    told = json.loads(done.out)
    assert (done.code, told["outcome"], told["held_back"]) == (0, "published", None)
    assert all(isinstance(row["size"], int) and isinstance(row["share"], float) for row in told["segments"])
    status = json.loads(segcast("status", "--project", daily_shop, "--json").out)
    (last,) = status["last"]
    assert (last["outcome"], status["publication"]) == ("published", latest(daily_shop / "published").publication_id)
    assert last["run"]["run_id"] == told["run_id"]
    assert datetime.fromisoformat(status["log_until"]) == LAST
    page = segcast("status", "--project", daily_shop).out
    assert "Severe: The last event is 13 days old" in page
    assert "next nightly" in page


def test_run_exits_with_2_and_names_the_night_under_way(daily_shop, segcast):
    with one_night(open_project(daily_shop)):
        refused = segcast("run", "--project", daily_shop)
    assert refused.code == 2
    assert "Wait for it (`segcast run --wait`)" in refused.err
