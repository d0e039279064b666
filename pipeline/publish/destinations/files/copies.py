"""Copies of publications at some place, and what of one is not there as it was published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.publish.manifest import checksum
from pipeline.publish.published import MANIFEST, Publication


class Copies(Protocol):
    """A place that keeps copies, each under its publication's id, and `LATEST`, which names one.

    A copy whose `manifest.json` is there is complete. OSError where the place cannot do what is asked of it.
    """

    def tidy(self) -> None:
        """Take away what an interrupted copy left behind, but for what can be finished."""
        ...

    def sizes(self) -> Mapping[str, Mapping[str, int]]:
        """Return the bytes of every file of every copy, by id and name."""
        ...

    def manifest(self, publication_id: str) -> bytes | None:
        """Return the manifest of a copy, None where there is none."""
        ...

    def sha256(self, publication_id: str, name: str) -> str:
        """Return the checksum of a file of a copy."""
        ...

    def write(self, publication: Publication, change: "Change") -> None:
        """Make a copy as it is to be; a reader finds it complete or not at all."""
        ...

    def latest(self) -> str | None:
        """Return the id that `LATEST` names, None where there is none."""
        ...

    def point(self, publication_id: str) -> None:
        """Let `LATEST` name a copy."""
        ...

    def remove(self, publication_id: str) -> None:
        """Take a copy away."""
        ...


@dataclass(frozen=True)
class Change:
    """What is to be done for a copy: all `files` that it is to have, those of them that lack, and those to go."""

    files: tuple[str, ...]
    lacking: tuple[str, ...]
    leaving: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Say whether there is anything to be done."""
        return bool(self.lacking or self.leaving)


@dataclass(frozen=True)
class Copy:
    """A complete copy by its id and moment."""

    publication_id: str
    as_of: datetime


def change_of(copies: Copies, sizes: Mapping[str, int], publication: Publication, files: Sequence[str]) -> Change:
    """Return what a copy lacks of the `files` of a publication, given the sizes of what it has.

    Where its manifest is the publication's, sizes tell what is there; else the content of what has the right size.
    """
    same = _is_same(copies, MANIFEST in sizes, publication)
    lacking = [name for name in files if not _is_there(copies, sizes, publication, name, trusted=same)]
    if not same:
        lacking = [*(name for name in lacking if name != MANIFEST), MANIFEST]
    return Change(tuple(files), tuple(lacking), tuple(sorted(sizes.keys() - set(files))))


def complete(copies: Copies, sizes: Mapping[str, Mapping[str, int]]) -> tuple[Copy, ...]:
    """Return the complete copies, oldest first."""
    moments = {name: moment_of(copies.manifest(name)) for name, files in sizes.items() if MANIFEST in files}
    found = [Copy(name, moment) for name, moment in moments.items() if moment is not None]
    return tuple(sorted(found, key=lambda copy: (copy.as_of, copy.publication_id)))


def moment_of(manifest: bytes | None) -> datetime | None:
    """Return the moment of a copy by its manifest, None where that is missing or cannot be read."""
    try:
        return datetime.fromisoformat(json.loads(manifest or b"{}")["as_of"])
    except (ValueError, TypeError, KeyError):
        return None


def _is_same(copies: Copies, has_manifest: bool, publication: Publication) -> bool:  # noqa: FBT001 - what is known of it
    return has_manifest and copies.manifest(publication.publication_id) == (publication.path / MANIFEST).read_bytes()


def _is_there(copies: Copies, sizes: Mapping[str, int], publication: Publication, name: str, *, trusted: bool) -> bool:
    path = publication.path / name
    if sizes.get(name) != path.stat().st_size:
        return False
    return trusted or copies.sha256(publication.publication_id, name) == checksum(path)
