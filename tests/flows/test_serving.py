import json
from datetime import UTC, datetime

import pytest

from flows.project import open_project
from flows.serving import served, slug

FRIDAY = datetime(2026, 3, 27, 12, tzinfo=UTC)


@pytest.fixture
def scheduled(corner_shop):
    """Write a schedule, and return what is served of the shop."""

    def write(text):
        path = corner_shop / "segcast.toml"
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        return served(open_project(corner_shop), FRIDAY)

    return write


def test_a_project_has_a_nightly_a_weekly_training_and_past_days_that_only_run_when_triggered(scheduled, corner_shop):
    told = {one.deployment: one for one in scheduled("")}
    assert {name: one.cron for name, one in told.items()} == {
        "segcast-nightly/corner-shop": "0 3 * * *",
        "segcast-retrain/corner-shop": "0 1 * * 0",
        "segcast-backfill/corner-shop": "none",
    }
    assert told["segcast-nightly/corner-shop"].next_start == datetime(2026, 3, 28, 3, tzinfo=UTC)
    assert told["segcast-backfill/corner-shop"].next_start is None
    assert {one.parameters["folder"] for one in told.values()} == {str(corner_shop.resolve())}


def test_the_schedule_of_the_settings_is_kept_in_the_shops_time_and_none_switches_a_flow_off(scheduled):
    nightly, retrain, _ = scheduled('[schedule]\nnightly = "30 4 * * MON-FRI"\nretrain = "none"\n')
    assert (nightly.cron, nightly.next_start) == ("30 4 * * MON-FRI", datetime(2026, 3, 30, 4, 30, tzinfo=UTC))
    assert (retrain.cron, retrain.next_start, retrain.to_json()["schedule"]) == ("none", None, None)


def test_a_schedule_that_never_comes_is_refused_with_the_settings(segcast, corner_shop):
    path = corner_shop / "segcast.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[schedule]\nnightly = "0 25 * * *"\n', encoding="utf-8")
    said = segcast("serve", "--list", "--project", corner_shop)
    assert said.code == 2
    assert 'such as "0 3 * * *" for three in the morning' in said.err
    assert 'got "0 25 * * *" (Bad hour)' in said.err


def test_what_would_be_served_is_printed_without_a_server(segcast, corner_shop):
    said = segcast("serve", "--list", "--json", "--project", corner_shop, "--name", "branch-2")
    assert said.code == 0
    told = json.loads(said.out)
    assert [one["deployment"] for one in told] == [
        "segcast-nightly/branch-2",
        "segcast-retrain/branch-2",
        "segcast-backfill/branch-2",
    ]
    assert {one["at_a_time"] for one in told} == {1}
    assert "segcast-nightly/corner-shop" in segcast("serve", "--dry-run", "--project", corner_shop).out


@pytest.mark.parametrize(("name", "expected"), [("Corner shop", "corner-shop"), ("Zoë & Co.", "zo-co"), ("店", "shop")])
def test_a_deployment_is_called_like_the_shop_in_letters_that_prefect_knows(name, expected):
    assert slug(name) == expected
