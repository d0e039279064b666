"""A project folder with its destinations: a folder, and a receiver of webhooks on the loopback address."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from benchmarks.nightly.exports import Exports, settings
from benchmarks.publish.outside import LIST, Hook
from flows.project import Project
from models.registry import CHAMPION
from pipeline.publish.destinations.outbox.file import writable
from pipeline.publish.destinations.outbox.outbox import OUTBOX
from pipeline.publish.destinations.outbox.tables import DESTINATIONS
from pipeline.settings import load_settings
from tests.loopback import Received, Reply, serving

MLFLOW = "mlflow.db"
SECRET = "HOOK_SECRET"  # noqa: S105 - the variable's name
LISTED = "vip"  # the audience that the receiver keeps as a list
SETTINGS = """
[[destinations]]
name = "share"
to = "files"
path = "{share}"

[[destinations]]
name = "hook"
to = "webhook"
url = "{url}"
secret = "{secret}"
lists = {{ {listed} = "{list}" }}
"""


@dataclass
class Receiver:
    """Takes webhooks, or says that it is away for an hour while it is not `up`."""

    hook: Hook = field(default_factory=Hook)
    up: bool = True

    def __call__(self, request: Received) -> Reply:
        """Take a batch, if it is up."""
        return self.hook(request) if self.up else Reply(503, headers={"Retry-After": "3600"})


@dataclass(frozen=True)
class World:
    """A shop's `project`, what its destinations hold, and the place for temporary files of what works on it."""

    root: Path
    url: str
    receiver: Receiver

    @property
    def project(self) -> Path:
        """The project folder."""
        return self.root / "project"

    @property
    def share(self) -> Path:
        """The folder that takes copies of publications."""
        return self.root / "share"

    @property
    def temporary(self) -> Path:
        """Where whatever works on the project puts temporary files."""
        return self.root / "temporary"

    @property
    def environ(self) -> Mapping[str, str]:
        """What a process that works on the project finds in its environment."""
        return {"TMPDIR": str(self.temporary), SECRET: "whsec_c2Vn"}

    def write_settings(self, exports: Exports) -> None:
        """Write the project's `segcast.toml`."""
        told = SETTINGS.format(share=self.share, url=self.url, secret=SECRET, listed=LISTED, list=LIST)
        (self.project / "segcast.toml").write_text(settings(exports.tables) + told, encoding="utf-8")

    def take_into_service(self) -> None:
        """Put the newest version of every task into service that has none, as a data scientist may.

        A night trains as long as a task has no model in service, and in a shop this small one may never pass its gate.
        """
        project = Project(self.project, load_settings(self.project))
        for task in project.tasks:
            versions = project.registry.versions(task.name)
            if versions and project.registry.find(task.name, CHAMPION) is None:
                project.registry.promote(task.name, versions[-1].number)

    def become(self, other: "World", exports: Exports) -> None:
        """Hold what another world holds."""
        shutil.rmtree(self.share, ignore_errors=True)
        shutil.copytree(other.share, self.share)
        _copy_project(other.project, self.project)
        shutil.rmtree(self.temporary)
        self.temporary.mkdir()
        self.write_settings(exports)
        self._be_told_here(other)
        theirs_hook = other.receiver.hook
        ours_hook = self.receiver.hook
        ours_hook.profiles = {own: dict(values) for own, values in theirs_hook.profiles.items()}
        ours_hook.listed, ours_hook.seen = set(theirs_hook.listed), set(theirs_hook.seen)

    def _be_told_here(self, other: "World") -> None:
        """Let the outbox know this world's receiver for the one that the other's was told of."""
        with writable(self.project / OUTBOX) as engine, engine.begin() as connection:
            for name, identity in connection.execute(select(DESTINATIONS.c.name, DESTINATIONS.c.identity)).all():
                here = identity.replace(other.url, self.url).replace(str(other.share), str(self.share))
                connection.execute(update(DESTINATIONS).where(DESTINATIONS.c.name == name).values(identity=here))


def _copy_project(theirs: Path, ours: Path) -> None:
    """Let a project folder hold what another one holds.

    MLflow's database stays the file that it is, as this process has it open.
    """
    for path in ours.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != MLFLOW:
            path.unlink()
    shutil.copytree(theirs, ours, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MLFLOW))
    with closing(sqlite3.connect(theirs / MLFLOW)) as source, closing(sqlite3.connect(ours / MLFLOW)) as target:
        source.backup(target)


@contextmanager
def standing(exports: Exports) -> Iterator[World]:
    """Set up a world with settings and no files of the shop yet, as long as the context."""
    receiver = Receiver()
    with tempfile.TemporaryDirectory(prefix="segcast-nightly-") as name, serving(receiver) as server:
        world = World(Path(name), server.url, receiver)
        for place in (world.project, world.temporary):
            place.mkdir()
        world.write_settings(exports)
        yield world


def files(folder: Path) -> Iterator[Path]:
    """Yield every file under a folder; none of a folder that is not there."""
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names)
