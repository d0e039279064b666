"""A publication that left the building, read back from its folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.errors import PublicationError, did_you_mean
from pipeline.segments.membership import Memberships
from pipeline.segments.settle import LeftOut

LATEST = "LATEST"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Publication:
    """A complete folder `published/<publication_id>/` and its manifest as read from JSON."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def publication_id(self) -> str:
        """The folder's name: the date of `as_of` in UTC and a short hash of the content."""
        return str(self.manifest["publication_id"])

    @property
    def as_of(self) -> datetime:
        """The UTC instant up to which history was read."""
        return datetime.fromisoformat(self.manifest["as_of"])

    @property
    def definitions(self) -> Mapping[str, str]:
        """The definition version of every segment that was published, by the segment's name."""
        return {name: str(facts["definition_version"]) for name, facts in self.manifest["segments"].items()}

    def memberships(self) -> Memberships:
        """Return who was in which segment, as `assign` wants the previous ones."""
        left_out = tuple(LeftOut(**entry) for entry in self.manifest["left_out"])
        return Memberships(
            self.as_of, pq.ParquetFile(self.path / "memberships.parquet").read(), left_out, versions=self.definitions
        )

    def predictions_of(self, customer_id: str) -> dict[str, Any] | None:
        """Return every prediction about a customer, null where no model speaks; None for somebody unknown to it."""
        path = self.path / "predictions.parquet"
        rows = pq.read_table(path, filters=[("customer_id", "=", customer_id)]).drop_columns("customer_id")
        return next(iter(rows.to_pylist()), None)


def read_publication(path: Path) -> Publication:
    """Return the publication in the folder `path`; a PublicationError if it is not one."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise PublicationError(
            f"Expected a complete publication in {path}, but its {MANIFEST} cannot be read ({cause}). "
            "Publish again, or name another publication.",
        ) from cause
    return Publication(path, manifest)


def latest(folder: Path, *, before: datetime | None = None) -> Publication | None:
    """Return the newest publication in `folder`, or the newest of a moment earlier than `before`; None without one.

    Ask for `before=as_of` to find what tonight's run is compared with: a run that is repeated then meets the same
    predecessor, not its own first attempt.
    """
    named = _named_latest(folder)
    if named is None or before is None or named.as_of < before:
        return named
    earlier = publications(folder, before=before)
    return earlier[-1] if earlier else None


def named(folder: Path, publication_id: str | None = None) -> Publication:
    """Return a publication by its id, or the newest; PublicationError with the nearest id where there is none."""
    if publication_id is None:
        found = latest(folder)
        if found is None:
            raise PublicationError(f"Expected a publication in {folder}, found none yet. Try `segcast run`.")
        return found
    known = {one.publication_id: one for one in publications(folder)}
    if publication_id not in known:
        hint = did_you_mean(publication_id, known)
        raise PublicationError(f'Expected a publication in {folder}, got "{publication_id}".{hint}')
    return known[publication_id]


def publications(folder: Path, *, before: datetime | None = None) -> tuple[Publication, ...]:
    """Return every publication in `folder`, or those of moments earlier than `before`, oldest first.

    Of several publications of one moment the last is the one in force. Hidden folders are unfinished work, or what is
    about to be deleted; one that is removed meanwhile is none of them.
    """
    aged = (_aged(path.parent) for path in folder.glob(f"[!.]*/{MANIFEST}"))
    found = [publication for _, publication in sorted((one for one in aged if one), key=itemgetter(0))]
    return tuple(one for one in found if before is None or one.as_of < before)


def _named_latest(folder: Path) -> Publication | None:
    pointer = folder / LATEST
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        raise PublicationError(f"Expected to read {pointer}, but {cause.strerror}. Check its permissions.") from cause
    if not name or not (folder / name / MANIFEST).is_file():
        raise PublicationError(
            f'{pointer} names "{name}", but there is no such publication in {folder}. '
            f"Put that folder back, or remove {LATEST} and publish again.",
        )
    return read_publication(folder / name)


def _aged(path: Path) -> tuple[tuple[datetime, int, str], Publication] | None:
    """Return a publication after its age; of several publications of one moment, the one written last counts.

    None for one that is not there any more.
    """
    try:
        publication = read_publication(path)
        written = (path / MANIFEST).stat().st_mtime_ns
    except (PublicationError, FileNotFoundError):
        if path.exists():
            raise
        return None
    return (publication.as_of, written, publication.publication_id), publication
