"""One night's work as a process that can be killed: publish what was prepared, then tell every destination."""

import pickle
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flows.project import Project
from flows.syncing.sync import sync
from pipeline.publish.publication import latest, publish
from pipeline.settings import load_settings

AFTER = timedelta(hours=6)  # when destinations are told
NOT_TOLD = 3
FASTER = 50.0


@dataclass(frozen=True)
class Hasty:
    """A clock that runs faster than the wall's: limits are kept to by it, and waiting takes less."""

    def now(self) -> float:
        """Return its seconds."""
        return time.monotonic() * FASTER

    def sleep(self, seconds: float) -> None:
        """Let that many of its seconds pass."""
        time.sleep(seconds / FASTER)


def prepared(folder: Path, number: int) -> Path:
    """Return where the edition of a night lies."""
    return folder / "editions" / str(number)


def night(folder: Path, number: int, secrets: Mapping[str, str]) -> None:
    """Do the work of a night, from the beginning or where it was broken off."""
    project = Project(folder, load_settings(folder))
    edition = pickle.loads(prepared(folder, number).read_bytes())  # noqa: S301 - written by this benchmark
    previous = latest(project.published, before=edition.as_of)
    publish(project.published, replace(edition, previous=previous))
    done = sync(project, edition.as_of + AFTER, environ=secrets, clock=Hasty())
    problems = [f"{one.destination}: {one.problem}" for one in done if one.problem]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        sys.exit(NOT_TOLD)
