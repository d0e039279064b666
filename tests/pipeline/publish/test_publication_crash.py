"""Kill a publishing process at each of its steps: what was published before stays, what appears is complete."""

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.manifest import checksum
from pipeline.publish.publication import latest, publish
from tests.dying import DIES_AT

PUBLISH_AND_DIE = (
    DIES_AT
    + """
import pickle
from pipeline.publish.publication import publish

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "fcntl.flock"}
folder, stop = Path(sys.argv[1]), int(sys.argv[2])
edition = pickle.loads(Path(sys.argv[3]).read_bytes())

def publish_until(step):
    copy = folder.with_name(f"killed-{step}")
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        dies_at(step, copy, STEPS)
        publish(copy, edition)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

step = 1
while publish_until(step) == -signal.SIGKILL:
    step += stop
"""
)


EVERY = "3"
"""How many steps lie between two kills; 1 tries them all."""


class PressFailure(BaseException):
    """What no handler of ours expects."""


def is_complete(path: Path) -> bool:
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return all(checksum(path / name) == entry["sha256"] for name, entry in manifest["files"].items())


def publications(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]


def test_killed_at_any_step_it_leaves_complete_publications_and_a_latest_that_names_one(
    tmp_path: Path, yesterday: Edition, today: Edition
) -> None:
    folder = tmp_path / "published"
    first = publish(folder, yesterday)
    edition = replace(today, previous=first)
    (tmp_path / "edition").write_bytes(pickle.dumps(edition))
    arguments = [str(folder), EVERY, str(tmp_path / "edition")]
    subprocess.run([sys.executable, "-c", PUBLISH_AND_DIE, *arguments], check=True, timeout=120)
    killed = sorted(tmp_path.glob("killed-*"))
    named = [publication.publication_id for path in killed if (publication := latest(path))]
    assert len(killed) > 5
    assert len(named) == len(killed)
    assert {name[:10] for name in named} == {"2010-09-09", "2010-09-10"}
    assert all(is_complete(path) for place in killed for path in publications(place))
    assert any((place / ".lock").exists() and list(place.glob(".unfinished-*")) for place in killed)


def test_what_a_dead_run_left_behind_is_swept_by_the_next(tmp_path: Path, today: Edition) -> None:
    (tmp_path / ".unfinished-4711" / "lists").mkdir(parents=True)
    (tmp_path / ".unfinished-4711" / "lists" / "vip.csv").write_text("customer_id\n", encoding="utf-8")
    (tmp_path / ".unfinished-LATEST").write_text("2010-09", encoding="utf-8")
    publish(tmp_path, today)
    assert list(tmp_path.glob(".unfinished-*")) == []


def test_an_exception_half_way_leaves_nothing_visible(tmp_path: Path, yesterday: Edition, today: Edition) -> None:
    first = publish(tmp_path, yesterday)

    class Failing(tuple[str, ...]):
        """Notes that fail when they are read, after the tables and lists were written."""

        __slots__ = ()

        def __iter__(self) -> "Failing":
            raise PressFailure

    with pytest.raises(PressFailure):
        publish(tmp_path, replace(today, notes=Failing(["note"])))
    assert publications(tmp_path) == [first.path]
    assert list(tmp_path.glob(".unfinished-*")) == []
    assert latest(tmp_path) == first
