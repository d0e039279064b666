"""A corner shop that publishes on two days, and what it can say of both afterwards."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from flows.ingesting import ingest
from flows.project import open_project
from flows.publishing.pressing import press
from flows.segmenting.memberships import definitions, members_as_of, transitions
from flows.segmenting.scoring import score
from pipeline.errors import PublicationError, UserError
from tests.flows.corner_shop import write_corner_shop

FEBRUARY, MARCH = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
STAGES = (
    "- name: own_fresh\n  when: days_since_last_order <= {days}\n  best_first: orders_365d\n"
    "- name: own_old\n  when: days_since_last_order > {days}\n  best_first: orders_365d\n"
)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Ann ordered in November and January, Bob on 20 February, Eve in June."""
    folder = write_corner_shop(tmp_path_factory.mktemp("corner"))
    (folder / "segments.yaml").write_text(STAGES.format(days=40), encoding="utf-8")
    project = open_project(folder)
    ingest(project, MARCH)
    for moment in (FEBRUARY, MARCH):
        press(project, score(project, moment))
    return folder


@pytest.fixture
def project(published, tmp_path):
    """The project of a copy to change."""
    return open_project(shutil.copytree(published, tmp_path / "shop"))


def those_in(project, name, moment):
    return members_as_of(project, name, moment)["customer_id"].to_pylist()


def test_members_of_a_past_moment_are_those_of_the_publication_in_force_then(project):
    assert those_in(project, "own_fresh", FEBRUARY) == ["ann"]
    assert those_in(project, "own_fresh", MARCH - DAY) == ["ann"]
    assert those_in(project, "own_fresh", MARCH) == ["bob"]
    assert members_as_of(project, "own_old", MARCH)["since"].to_pylist() == [MARCH, FEBRUARY]
    with pytest.raises(PublicationError, match="Nobody was in a segment on 2026-01-31"):
        members_as_of(project, "own_fresh", FEBRUARY - DAY)


def test_customers_moved_from_own_to_own_and_one_is_new(project):
    found = transitions(project, ["own_*"], FEBRUARY, MARCH + DAY)
    assert [tuple(row.values()) for row in found.table.to_pylist()] == [
        ("own_fresh", "own_old", 1),
        ("own_old", "own_old", 1),
        (None, "own_fresh", 1),
    ]


def test_two_moments_of_one_publication_are_no_two(project):
    for since, until in ((MARCH, MARCH + DAY), (MARCH, FEBRUARY), (FEBRUARY, MARCH - DAY)):
        with pytest.raises(UserError, match="Expected two moments with publications of their own"):
            transitions(project, ["own_*"], since, until)


def test_a_definition_that_changes_soon_is_told_in_the_publication_and_remembered(project):
    path = project.folder / "segments.yaml"
    path.write_text(STAGES.format(days=41), encoding="utf-8")
    changed = press(project, score(project, MARCH + DAY))
    (note,) = [note for note in changed.manifest["notes"] if "redefined" in note]
    assert note.startswith("own_fresh was redefined once and own_old was redefined once in the last 90 days;")
    assert [one.since for one in definitions(project, "own_old")] == [FEBRUARY, MARCH + DAY]
    assert definitions(project, "own_unknown") == ()
