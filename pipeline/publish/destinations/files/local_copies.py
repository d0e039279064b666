"""Copies of publications in a folder: written beside, then moved, `LATEST` last."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from pipeline.publish.destinations.files.copies import Change
from pipeline.publish.destinations.intact import require_intact
from pipeline.publish.exchange import exchange
from pipeline.publish.folder import UNFINISHED, hide, one_writer, point, settle, unfinished
from pipeline.publish.manifest import checksum
from pipeline.publish.published import LATEST, MANIFEST, Publication


class LocalCopies:
    """A folder, whose parent is there: a disk that is not mounted must not be taken for an empty one."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder, which is made when something is to be written."""
        self._folder = folder

    def tidy(self) -> None:
        """Take away what is hidden, which nobody can finish."""
        if self._folder.exists():
            with one_writer(self._folder), unfinished(self._folder):
                pass  # whoever begins to write sweeps

    def sizes(self) -> Mapping[str, Mapping[str, int]]:
        """Return the bytes of every file of every copy that is in its place."""
        if not self._folder.exists():
            return {}
        places = [path for path in self._folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return {place.name: _sizes(place) for place in places}

    def manifest(self, publication_id: str) -> bytes | None:
        """Return the manifest of a copy, None where there is none."""
        path = self._folder / publication_id / MANIFEST
        return path.read_bytes() if path.is_file() else None

    def sha256(self, publication_id: str, name: str) -> str:
        """Return the checksum of a file of a copy."""
        return checksum(self._folder / publication_id / name)

    def write(self, publication: Publication, change: Change) -> None:
        """Write the whole copy beside its place and move it there, in exchange for one that is there already."""
        self._folder.mkdir(exist_ok=True)
        place = self._folder / publication.publication_id
        with one_writer(self._folder), unfinished(self._folder) as draft:
            for name in change.files:
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(publication.path / name, draft / name)
            require_intact(Publication(draft, publication.manifest), [n for n in change.files if n != MANIFEST])
            if not place.exists():
                settle(draft, place)
                return
            ready = self._folder / f"{UNFINISHED}{place.name}"
            settle(draft, ready)
            exchange(ready, place)
            shutil.rmtree(ready)

    def latest(self) -> str | None:
        """Return the id that `LATEST` names, None where there is none."""
        pointer = self._folder / LATEST
        return pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else None

    def point(self, publication_id: str) -> None:
        """Let `LATEST` name a copy."""
        with one_writer(self._folder):
            point(self._folder / LATEST, publication_id)

    def remove(self, publication_id: str) -> None:
        """Hide a copy, then take it away."""
        with one_writer(self._folder):
            shutil.rmtree(hide(self._folder / publication_id))


def _sizes(place: Path) -> dict[str, int]:
    files = [path for path in place.rglob("*") if path.is_file()]
    return {path.relative_to(place).as_posix(): path.stat().st_size for path in files}
