"""Publications are kept as long as the settings say, and a list with a byte order mark is read like any other."""

import codecs
import json
import shutil

import pytest

from flows.cli.press import print_publication
from flows.ingesting import ingest
from flows.project import open_project
from flows.publishing.keeping import Kept, keep, too_short
from flows.publishing.pressing import press
from flows.segmenting.scoring import score
from pipeline.publish.published import publications
from tests.flows.corner_shop import write_corner_shop
from tests.rows import AS_OF, days_before


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The corner shop with three publications, of 60, 30 and 0 days ago."""
    project = open_project(write_corner_shop(tmp_path_factory.mktemp("corner")))
    ingest(project, AS_OF)
    for days in (60, 30, 0):
        press(project, score(project, days_before(days)))
    return project.folder


@pytest.fixture
def shop(published, tmp_path):
    """A copy of it to change."""
    return shutil.copytree(published, tmp_path / "shop")


def setting(folder, text):
    with (folder / "segcast.toml").open("a", encoding="utf-8") as file:
        file.write(f"[publications]\n{text}\n")
    return open_project(folder)


def test_without_a_retention_all_are_kept(shop):
    project = open_project(shop)
    found = publications(project.published)
    assert keep(project, found[-1]) == Kept()
    assert publications(project.published) == found
    assert too_short(project) is None


def test_with_one_the_oldest_go_and_are_named(shop):
    project = setting(shop, 'retention = "10 days"')
    oldest, *kept = publications(project.published)
    assert keep(project, kept[-1]).removed == (oldest.publication_id,)
    assert publications(project.published) == tuple(kept)


def test_a_retention_within_which_nothing_can_come_true_is_warned_of(corner_shop):
    assert too_short(setting(corner_shop, 'retention = "96 days"')) == (
        "Publications are kept for 96 days, but what churn predicts is known only after 90: the report cannot say how "
        'predictions came out. Set [publications] retention to at least "97 days".'
    )


def test_a_week_more_than_the_longest_horizon_is_enough(corner_shop):
    assert too_short(setting(corner_shop, 'retention = "97 days"')) is None


def test_the_command_removes_warns_and_says_so(shop, segcast):
    project = setting(shop, 'retention = "10 days"')
    oldest, *_ = publications(project.published)
    said = segcast("publish", "--project", shop, "--as-of", "2026-03-02")
    assert said.code == 0
    assert f"Removed: {publications(project.published)[0].publication_id}" not in said.out
    assert "and 1 older" in said.out
    assert "Publications are kept for 10 days" in said.err
    assert oldest not in publications(project.published)


def test_programs_are_told_what_was_removed(shop, segcast):
    setting(shop, 'retention = "10 days"')
    said = segcast("publish", "--project", shop, "--as-of", "2026-03-02", "--json")
    assert len(json.loads(said.out)["removed"]) == 2


def test_an_earlier_moment_published_anew_is_not_removed_at_once(shop, segcast):
    setting(shop, 'retention = "10 days"')
    said = segcast("publish", "--project", shop, "--as-of", "2026-01-10", "--json")
    made = json.loads(said.out)
    assert said.code == 0
    assert made["publication"] not in made["removed"]


def test_segments_are_printed_from_a_file_with_a_byte_order_mark(shop, capsys):
    *_, newest = publications(open_project(shop).published)
    path = newest.path / "segments.csv"
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    print_publication(newest)
    said = capsys.readouterr().out
    assert newest.definitions
    assert all(f"  {name} " in said for name in newest.definitions)
