"""Old publications go, whole and at once; the newest and the one before it never do."""

import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import PublicationError
from pipeline.publish.edition import Edition
from pipeline.publish.manifest import checksum
from pipeline.publish.publication import latest, publish
from pipeline.publish.published import Publication, publications
from pipeline.publish.retention import expired, prune
from tests.dying import DIES_AT

DAY = timedelta(days=1)
PRUNE_AND_DIE = (
    DIES_AT
    + """
from datetime import timedelta
from pipeline.publish.retention import prune

STEPS = {"os.rename", "os.remove", "os.rmdir", "os.scandir", "fcntl.flock"}
folder = Path(sys.argv[1])

def prune_until(step):
    copy = folder.with_name(f"killed-{step}")
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        dies_at(step, copy, STEPS)
        prune(copy, timedelta(days=10))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

step = 1
while prune_until(step) == -signal.SIGKILL:
    step += 1
"""
)


def of_day(edition: Edition, days_ago: int) -> Edition:
    """The edition as it would have been so many days ago."""
    moment = edition.as_of - days_ago * DAY
    memberships = replace(edition.memberships, as_of=moment)
    return replace(edition, as_of=moment, profiles=replace(edition.profiles, as_of=moment), memberships=memberships)


@pytest.fixture
def published(tmp_path: Path, yesterday: Edition) -> list[Publication]:
    """Publications of 40, 30, 2, 1 and 0 days before the newest."""
    return [publish(tmp_path, of_day(yesterday, days)) for days in (40, 30, 2, 1, 0)]


def test_what_is_older_than_the_retention_goes(tmp_path: Path, published: list[Publication]) -> None:
    oldest, older, *kept = published
    assert prune(tmp_path, 10 * DAY) == (oldest, older)
    assert publications(tmp_path) == tuple(kept)
    assert latest(tmp_path) == kept[-1]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".unfinished")] == []


@pytest.mark.parametrize(
    ("retention", "gone"), [(30 * DAY, 1), (30 * DAY - timedelta(microseconds=1), 2), (99 * DAY, 0)]
)
def test_one_as_old_as_the_retention_stays(
    tmp_path: Path, published: list[Publication], retention: timedelta, gone: int
) -> None:
    assert prune(tmp_path, retention) == tuple(published[:gone])


def test_the_newest_and_the_one_before_stay_however_old(tmp_path: Path, yesterday: Edition) -> None:
    first, second, third = (publish(tmp_path, of_day(yesterday, days)) for days in (90, 60, 0))
    assert prune(tmp_path, DAY) == (first,)
    assert publications(tmp_path) == (second, third)


def test_all_of_the_moment_before_stay(tmp_path: Path, yesterday: Edition) -> None:
    before = of_day(yesterday, 60)
    again = publish(tmp_path, replace(before, notes=("Published once more",)))
    first, newest = publish(tmp_path, before), publish(tmp_path, yesterday)
    assert prune(tmp_path, DAY) == ()
    assert {one.publication_id for one in publications(tmp_path)} == {
        one.publication_id for one in (first, again, newest)
    }


def test_one_that_was_just_made_of_an_earlier_moment_is_spared(tmp_path: Path, published: list[Publication]) -> None:
    assert prune(tmp_path, 10 * DAY, spared=published[0]) == (published[1],)


def test_nothing_published_is_nothing_to_remove(tmp_path: Path) -> None:
    assert prune(tmp_path / "never", DAY) == ()
    assert prune(tmp_path, DAY) == ()


def test_a_publication_that_is_younger_than_latest_stays(tmp_path: Path, published: list[Publication]) -> None:
    (tmp_path / "LATEST").write_text(f"{published[1].publication_id}\n", encoding="utf-8")
    assert expired(tmp_path, DAY) == ()


def test_what_cannot_be_removed_is_one_sentence_and_nothing_is_lost(
    tmp_path: Path, published: list[Publication]
) -> None:
    (tmp_path / ".lock").unlink()
    (tmp_path / ".lock").mkdir()
    with pytest.raises(
        PublicationError, match=r"^Expected to remove old publications from .*The newest ones are whole\."
    ):
        prune(tmp_path, 10 * DAY)
    assert publications(tmp_path) == tuple(published)


def test_what_a_process_that_died_had_hidden_is_swept(tmp_path: Path, published: list[Publication]) -> None:
    oldest = published[0].path
    oldest.rename(oldest.with_name(f".unfinished-{oldest.name}"))
    assert publications(tmp_path) == tuple(published[1:])
    prune(tmp_path, 99 * DAY)
    assert list(tmp_path.glob(".unfinished-*")) == []


def test_killed_at_any_step_it_leaves_whole_publications_and_the_next_ends_the_work(
    tmp_path: Path, yesterday: Edition
) -> None:
    folder = tmp_path / "published"
    *_, before, newest = (publish(folder, of_day(yesterday, days)) for days in (40, 1, 0))
    subprocess.run([sys.executable, "-c", PRUNE_AND_DIE, str(folder)], check=True, timeout=120)
    killed = sorted(tmp_path.glob("killed-*"))
    assert len(killed) > 4
    left = {len(publications(path)) for path in killed}
    assert left == {2, 3}
    for path in killed:
        assert all(_sum(one.path / name) == of["sha256"] for one in publications(path) for name, of in _files(one))
        prune(path, 10 * DAY)
        assert [one.publication_id for one in publications(path)] == [before.publication_id, newest.publication_id]
        assert list(path.glob(".unfinished-*")) == []


@pytest.mark.usefixtures("published")
def test_a_reader_meets_whole_publications_only(tmp_path: Path) -> None:
    copies = [shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-{number}")) for number in range(5)]
    torn: list[str] = []
    done = threading.Event()

    def read(folder: Path) -> None:
        while not done.is_set():
            for one in publications(folder):
                # A folder that is there after its files were read was there all along, whole.
                lacking = [
                    name for name, entry in one.manifest["files"].items() if _sum(one.path / name) != entry["sha256"]
                ]
                if lacking and one.path.exists():
                    torn.append(f"{one.publication_id}: {lacking}")

    for folder in copies:
        done.clear()
        reader = threading.Thread(target=read, args=(folder,))
        reader.start()
        prune(folder, 10 * DAY)
        done.set()
        reader.join()
        assert len(publications(folder)) == 3
    assert torn == []


def _files(publication: Publication) -> list[tuple[str, dict[str, str]]]:
    return list(publication.manifest["files"].items())


def _sum(path: Path) -> str | None:
    try:
        return checksum(path)
    except FileNotFoundError:
        return None
