import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from flows.backfilling import backfill, is_due, not_kept, past_days
from flows.demo import END
from flows.ingesting import ingest
from flows.models_of_then import ProjectAsOf
from flows.night.lock import UnderWayError, one_night
from flows.night.runs import BACKFILL, Outcome, last_run
from flows.plain import plain_do
from flows.project import open_project
from models.registry import CHALLENGER, CHAMPION, CLUSTERS
from pipeline.errors import UserError
from pipeline.publish.published import latest, publications

A_WEEK = timedelta(days=7)
AT = END + timedelta(hours=9)
BEFORE = END - 3 * A_WEEK  # two weeks before anything was trained or published in the demo
NAMES = ("churn", "purchase", "spend", "next_order", CLUSTERS)


def served(project):
    """Which versions are in service and which wait to be, by name."""
    return {(name, alias): project.registry.find(name, alias) for name in NAMES for alias in (CHAMPION, CHALLENGER)}


@pytest.fixture(scope="module")
def filled(demo, tmp_path_factory):
    """A demo with three past weeks published, the last of which stood before; and what was in service before."""
    project = open_project(shutil.copytree(demo, tmp_path_factory.mktemp("filled") / "own"))
    before, newest = served(project), latest(project.published)
    done = backfill(project, past_days(BEFORE, END - A_WEEK, A_WEEK), AT, do=plain_do())
    return project, before, newest, done


def test_past_days_are_published_oldest_first_and_those_with_a_publication_passed_over(filled):
    project, _, _, done = filled
    assert [one.as_of for one in done] == [BEFORE, BEFORE + A_WEEK, BEFORE + 2 * A_WEEK]
    assert [one.stood for one in done] == [False, False, True]
    ids = [one.publication_id for one in publications(project.published)]
    assert ids[:-1] == [one.publication_id for one in done]


def test_it_leaves_a_record_with_the_last_day_that_it_published(filled):
    project, _, _, done = filled
    record = last_run(project.folder, BACKFILL)
    assert record is not None
    assert (record.outcome, record.as_of, record.publication) == (Outcome.DONE, END - A_WEEK, done[1].publication_id)


def test_only_the_first_day_trains_and_the_next_is_served_by_the_same_models(filled):
    project, _, _, done = filled
    assert [bool(one.trained) for one in done] == [True, False, False]
    assert any(one.promoted for one in done[0].trained)
    first, second, *_ = publications(project.published)
    assert first.manifest["model_versions"] == second.manifest["model_versions"]


def test_no_model_knew_what_came_later(filled):
    project, *_ = filled
    for one in publications(project.published):
        trained = [datetime.fromisoformat(model["trained_as_of"]) for model in one.manifest["models"]]
        assert trained
        assert max(trained) <= one.as_of


def test_what_is_in_service_and_what_waits_to_be_stays_so_and_latest_does_not_go_back(filled):
    project, before, newest, _ = filled
    assert served(project) == before
    found = latest(project.published)
    assert found is not None
    assert found.publication_id == newest.publication_id


def test_broken_off_and_begun_again_it_ends_in_the_same_publications(filled, tmp_path):
    done_before = filled[3]
    project = open_project(shutil.copytree(filled[0].folder, tmp_path / "own"))
    versions = {name: len(project.registry.versions(name)) for name in NAMES}
    for one in done_before[:2]:
        shutil.rmtree(project.published / one.publication_id)
    again = backfill(project, past_days(BEFORE, END - A_WEEK, A_WEEK), AT, do=plain_do())
    assert [one.publication_id for one in again] == [one.publication_id for one in done_before]
    assert {name: len(project.registry.versions(name)) for name in NAMES} == versions


def test_days_later_than_the_newest_publication_are_refused_unless_they_began_before_there_was_one(
    corner_shop, segcast
):
    project, day = open_project(corner_shop), datetime(2026, 2, 14, tzinfo=UTC)
    ingest(project, day)
    days, do = past_days(day, day + A_WEEK, A_WEEK), plain_do()

    def die(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(project, days, AT, do=do, tell=die)
    assert [one.as_of for one in publications(project.published)] == [day]
    assert [one.stood for one in backfill(project, days, AT, do=do)] == [True, False]
    said = segcast("backfill", "--project", corner_shop, "--since", "2026-02-14", "--until", "2026-02-28")
    assert said.code == 2
    assert "up to 2026-02-21, of which the newest publication is, got 2026-02-28: `segcast run` publishes" in said.err
    assert [one.as_of for one in publications(project.published)] == list(days)


def test_training_is_due_again_only_after_so_long(filled):
    project, *_ = filled

    def due(days_later, every):
        moment = BEFORE + timedelta(days=days_later)
        return is_due(ProjectAsOf(project.folder, project.settings, moment), timedelta(days=every))

    assert [due(7, 90), due(7, 8), due(7, 7), due(0, 90)] == [False, False, True, True]


def test_the_command_says_what_became_of_each_day(segcast, filled, tmp_path):
    folder = shutil.copytree(filled[0].folder, tmp_path / "own")
    said = segcast("backfill", "--project", folder, "--since", "2026-06-10", "--until", "2026-06-24", "--json")
    assert said.code == 0
    assert [one["stood"] for one in json.loads(said.out)] == [True, True, True]
    assert (
        "stood before" in segcast("backfill", "--project", folder, "--since", "2026-06-10", "--until", "2026-06-24").out
    )


def test_past_days_end_with_the_last_step_before_the_end():
    day = datetime(2026, 3, 1, tzinfo=UTC)
    assert past_days(day, day + timedelta(days=15), A_WEEK) == (day, day + A_WEEK, day + 2 * A_WEEK)
    assert past_days(day, day, A_WEEK) == (day,)
    with pytest.raises(UserError, match="Expected --since before --until, got 2026-03-01 and 2026-02-28"):
        past_days(day, day - timedelta(days=1), A_WEEK)


def test_who_would_lose_the_publications_with_the_next_night_is_warned(corner_shop):
    path = corner_shop / "segcast.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[publications]\nretention = "30 days"\n', encoding="utf-8")
    project, day = open_project(corner_shop), datetime(2026, 3, 1, tzinfo=UTC)
    assert not_kept(project, [day, day + timedelta(days=30)]) is None
    warned = not_kept(project, [day, day + timedelta(days=31)])
    assert warned is not None
    assert "removes those from before 2026-03-02 again" in warned


def test_while_a_training_holds_the_project_past_days_are_refused_with_who_holds_it(corner_shop):
    project = open_project(corner_shop)
    with (
        one_night(project, work="training"),
        pytest.raises(UnderWayError, match=r"but a training is under way: process \d+, since 20"),
    ):
        backfill(project, [datetime(2026, 3, 1, tzinfo=UTC)], AT, do=plain_do())
