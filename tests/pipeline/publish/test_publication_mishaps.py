"""Whatever goes wrong beside a publisher is one sentence, and what was published before stays whole."""

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import PublicationError
from pipeline.publish.edition import Edition
from pipeline.publish.manifest import checksum
from pipeline.publish.publication import latest, publish
from pipeline.publish.published import publications

PUBLISH = """
import pickle, resource, signal, sys
from pathlib import Path
from pipeline.errors import PublicationError
from pipeline.publish.publication import publish

folder, edition, room = Path(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes()), int(sys.argv[3])
if room:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    print(publish(folder, edition).publication_id)
except PublicationError as error:
    print(error)
    sys.exit(2)
"""


def publishing(folder: Path, edition: Edition, *, room: int = 0) -> subprocess.Popen[str]:
    """A process that publishes, in which no file can be larger than `room` bytes, as on a disk that is full."""
    pickled = folder.with_name(f"{edition.as_of:%Y-%m-%d}-{room}")
    pickled.write_bytes(pickle.dumps(edition))
    words = [sys.executable, "-c", PUBLISH, str(folder), str(pickled), str(room)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def are_whole(folder: Path) -> bool:
    return all(
        checksum(one.path / name) == entry["sha256"]
        for one in publications(folder)
        for name, entry in one.manifest["files"].items()
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "published").mkdir()
    return tmp_path / "published"


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions do not bind the superuser: be nobody for a while."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.mark.parametrize("room", [1, 3_000, 20_000], ids=["nothing fits", "a list does not", "the report does not"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(
    folder: Path, yesterday: Edition, today: Edition, room: int
) -> None:
    first = publish(folder, yesterday)
    process = publishing(folder, today, room=room)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.startswith("Expected to write a publication into")
    assert "has room" in said
    assert publications(folder) == (first,)
    assert latest(folder) == first
    assert list(folder.glob(".unfinished-*")) == []
    assert publish(folder, today).path.is_dir()


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may enter, which a test's own is not."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o755)
        yield Path(path)


def test_a_read_only_folder_is_one_sentence(shared: Path, yesterday: Edition, today: Edition) -> None:
    first = publish(shared, yesterday)
    shared.chmod(0o555)
    with unprivileged(), pytest.raises(PublicationError, match=r"Expected to write a publication .*Permission denied"):
        publish(shared, today)
    assert latest(shared) == first


def test_a_latest_that_cannot_be_written_is_one_sentence_and_the_next_run_makes_it_good(
    folder: Path, today: Edition
) -> None:
    (folder / "LATEST" / "in the way").mkdir(parents=True)
    with pytest.raises(PublicationError, match=r"Expected to write a publication into .*LATEST"):
        publish(folder, today)
    (complete,) = publications(folder)
    assert are_whole(folder)
    shutil.rmtree(folder / "LATEST")
    assert publish(folder, today) == complete == latest(folder)


def test_a_folder_that_is_deleted_beneath_the_publisher_is_one_sentence(folder: Path, today: Edition) -> None:
    class Deleting(tuple[str, ...]):
        """Notes that delete the folder when they are read, after the tables and lists were written."""

        __slots__ = ()

        def __iter__(self) -> Iterator[str]:
            shutil.rmtree(folder)
            return iter(("note",))

    with pytest.raises(PublicationError, match=r"Expected to write a publication into .*No such file or directory"):
        publish(folder, replace(today, notes=Deleting(["note"])))
    assert publish(folder, today).path.is_dir()


def test_a_publication_that_lost_a_file_is_missed_and_not_mended(folder: Path, today: Edition) -> None:
    published = publish(folder, today)
    (published.path / "predictions.parquet").unlink()
    with pytest.raises(PublicationError, match=r"predictions\.parquet has been changed or removed"):
        publish(folder, today)


def test_publishers_at_once_of_the_same_and_of_other_editions_all_come_through(
    folder: Path, yesterday: Edition, today: Edition
) -> None:
    processes = [publishing(folder, edition) for edition in (yesterday, today, today, yesterday)]
    said = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert said[0] == said[3]
    assert said[1] == said[2]
    assert {one.publication_id for one in publications(folder)} == set(said)
    assert latest(folder).publication_id == said[1]
    assert are_whole(folder)
