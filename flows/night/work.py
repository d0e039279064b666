"""What a night keeps until it is over, so that one that is started again goes on where the last one broke.

Everything lies in `work/` of the project and is cleared away at the end. What belongs to a state of the project rests
under a digest of all that it depends on: what was kept of another state is never met.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from flows.night.runs import RUNS
from flows.project import AUDIENCES_FILE, SEGMENTS_FILE, Project
from models.artefacts import NEXT_ORDER
from models.category.model import CATEGORY
from models.registry import CHAMPION, CLUSTERS
from pipeline.events.whole import write_whole
from pipeline.publish.manifest import checksum
from pipeline.publish.plain import digest
from pipeline.publish.publication import changed_files
from pipeline.publish.published import Publication, publications
from pipeline.publish.retention import kept_at
from pipeline.segments.profiles import Profiles
from pipeline.settings import SETTINGS_FILE

WORK = "work"
TRAINING, PROFILES, TEMPORARY = "training", "profiles.parquet", "tmp"
PRESSED = ".pressed"  # in `runs/`
MOST_TIMES = 5  # that a training is begun and does not end
PREDICTED = b"predicted"  # in the metadata of the kept profiles: which columns models write


@dataclass(frozen=True)
class Work:
    """The folder of unfinished work of the project."""

    project: Project

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.project.folder / WORK

    def sweep(self) -> None:
        """Remove what a killed night left half written; what it kept whole stays."""
        for path in self.folder.rglob(".*.fresh"):
            path.unlink()

    def clear(self) -> None:
        """Remove everything: the night is over."""
        _remove(self.folder)

    def forget(self) -> None:
        """Remove all that knows customers."""
        for path in self.folder.glob("*"):
            if path.name != TRAINING:
                _remove(path)

    @contextmanager
    def temporary_files(self) -> Iterator[None]:
        """Let temporary files of this process and of those it starts lie here; what a killed one left goes."""
        folder = self.folder / TEMPORARY
        _remove(folder)
        folder.mkdir(parents=True, exist_ok=True)
        before, told = tempfile.tempdir, os.environ.get("TMPDIR")
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder.absolute())
        try:
            yield
        finally:
            tempfile.tempdir = before
            if told is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = told
            _remove(folder)

    def begin_training(self) -> None:
        """Note that models are being trained: a night that is killed trains to the end when it is started again."""
        self.folder.mkdir(exist_ok=True)
        write_whole(self.folder / TRAINING, str(self._times_begun + 1))

    def end_training(self) -> None:
        """Note that all were trained: a night that is killed from here on finds them when it is started again."""
        write_whole(self.folder / TRAINING, "1")

    @property
    def is_training(self) -> bool:
        """Whether a night that broke had begun to train, and not again and again, as one does that cannot."""
        return 0 < self._times_begun < MOST_TIMES

    @property
    def is_training_in_vain(self) -> bool:
        """Whether training was begun again and again and never came to its end."""
        return self._times_begun >= MOST_TIMES

    @property
    def _times_begun(self) -> int:
        path = self.folder / TRAINING
        return int(path.read_text(encoding="utf-8")) if path.exists() else 0

    def kept_profiles(self, as_of: datetime) -> Profiles | None:
        """Return the profiles of a moment as scored in the present state; None where none were kept whole."""
        path = self._of_state(as_of) / PROFILES
        if not path.exists():
            return None
        try:
            table = pq.ParquetFile(path).read()
        except (OSError, pa.ArrowException):  # torn, as by a machine that lost its power: scored anew
            path.unlink()
            return None
        predicted = json.loads(table.schema.metadata[PREDICTED])
        return Profiles(as_of, table.replace_schema_metadata(None), frozenset(predicted))

    def keep_profiles(self, profiles: Profiles) -> None:
        """Keep profiles as scored in the present state, and let go of what was kept of another one."""
        folder = self._of_state(profiles.as_of)
        for other in self.folder.glob(f"*/{PROFILES}"):
            if other.parent != folder:
                _remove(other.parent)
        folder.mkdir(parents=True, exist_ok=True)
        told = {PREDICTED: json.dumps(sorted(profiles.predicted)).encode()}
        fresh = folder / f".{PROFILES}.fresh"
        pq.write_table(profiles.table.replace_schema_metadata(told), fresh)
        fresh.replace(folder / PROFILES)

    def pressed(self, as_of: datetime) -> Publication | None:
        """Return what the last night published, if that was of the present state; None otherwise.

        Once old publications are let go of, the same could not be published again: it tells of them.
        """
        path = self.project.folder / RUNS / PRESSED
        told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if told.get("state") != state(self.project, as_of):
            return None
        standing = (one for one in publications(self.project.published) if one.publication_id == told["publication"])
        return next((one for one in standing if not changed_files(one)), None)

    def note_pressed(self, publication: Publication) -> None:
        """Note what was published, beyond the end of the night: it may be killed at the very last, and begun again."""
        told = {"state": state(self.project, publication.as_of), "publication": publication.publication_id}
        write_whole(self.project.folder / RUNS / PRESSED, json.dumps(told))

    def _of_state(self, as_of: datetime) -> Path:
        return self.folder / state(self.project, as_of)


def state(project: Project, as_of: datetime) -> str:
    """Return a digest of all that tonight's publication depends on.

    That is the log, code, settings, the models in service, and the earlier publications that stay beyond tonight.
    """
    names = (*(task.name for task in project.tasks), CLUSTERS, NEXT_ORDER, CATEGORY.name)
    served = {name: found.number for name in names if (found := project.registry.find(name, CHAMPION))}
    written = (project.folder / name for name in (SETTINGS_FILE, SEGMENTS_FILE, AUDIENCES_FILE))
    texts = {path.name: checksum(path) for path in written if path.exists()}
    retention = project.settings.publications.retention
    earlier = [one.publication_id for one in kept_at(project.published, retention, as_of)]
    return digest([as_of.isoformat(), asdict(project.made), served, texts, earlier])


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
