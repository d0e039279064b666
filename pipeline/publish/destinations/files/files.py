"""A copy of each publication in a folder or an S3, and `LATEST`, which names the newest.

A reader finds a copy complete or not at all, and `LATEST` always names a complete one; in an S3 a copy is complete when
its `manifest.json` is there. What was interrupted is finished the next time. Every copy whose original still lies
beside the publication is brought to what the original is now, so that who was erased from it leaves the copies too.
Copies whose original is gone stay as they are until `keep` takes them away.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.errors import DestinationError, SettingsError
from pipeline.publish.destinations.files.copies import Change, Copies, Copy, change_of, complete, moment_of
from pipeline.publish.destinations.files.local_copies import LocalCopies
from pipeline.publish.destinations.files.s3_copies import SCHEME, S3Copies
from pipeline.publish.destinations.intact import require_intact
from pipeline.publish.published import MANIFEST, Publication, read_publication
from pipeline.settings.destinations import FilesDestination

_IDENTIFIER = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}")
_AWS = re.compile(r"AWS Error (\w+)")
_CAUSES = {
    "NO_SUCH_BUCKET": "there is no such bucket",
    "INVALID_ACCESS_KEY_ID": "the access key is unknown",
    "SIGNATURE_DOES_NOT_MATCH": "the secret key is wrong",
    "ACCESS_DENIED": "the keys may not do that",
    "NETWORK_CONNECTION": "it cannot be reached",
}


class Files:
    """A folder or an S3 as a destination; a relative path is relative to the project folder."""

    def __init__(
        self, settings: FilesDestination, project: Path, access_key: str | None = None, secret_key: str | None = None
    ) -> None:
        """Take the place; SettingsError where it is none. Nothing is looked at yet."""
        self.name = settings.name
        self._settings = settings
        self._folder = None if settings.path.startswith(SCHEME) else project / settings.path
        self._copies: Copies = (
            S3Copies(settings, access_key, secret_key) if self._folder is None else LocalCopies(self._folder)
        )

    def deliver(self, publication: Publication) -> Mapping[str, int]:
        """Copy a publication; return how many files were written, and how many copies were taken away."""
        with self._in_words(publication):
            self._copies.tidy()
            changes = self._changes(publication)
            leaving, points = self._leaving(publication), self._is_to_be_latest(publication)
            for original, change in changes:
                require_intact(original, [name for name in change.lacking if name != MANIFEST])
                self._copies.write(original, change)
            if points:
                self._copies.point(publication.publication_id)
            for publication_id in leaving:
                self._copies.remove(publication_id)
        return _counts(changes, leaving)

    def preview(self, publication: Publication) -> Mapping[str, int]:
        """Return what `deliver` would, and change nothing."""
        with self._in_words(publication):
            return _counts(self._changes(publication), self._leaving(publication))

    def _changes(self, publication: Publication) -> list[tuple[Publication, Change]]:
        """Return what is to be done for which publication, those that are there already first."""
        sizes = self._copies.sizes()
        found = [*self._outdated(publication, sizes), publication]
        changes = (
            (one, change_of(self._copies, sizes.get(one.publication_id, {}), one, self._files_of(one))) for one in found
        )
        return [(one, change) for one, change in changes if change.is_needed]

    def _outdated(self, publication: Publication, sizes: Mapping[str, Mapping[str, int]]) -> Iterator[Publication]:
        """Yield the originals of other copies that were interrupted, or from which somebody was erased since."""
        for publication_id, files in sizes.items():
            original = publication.path.parent / publication_id
            if publication_id != publication.publication_id and (original / MANIFEST).is_file():
                found = read_publication(original)
                if MANIFEST not in files or "erased" in found.manifest:
                    yield found

    def _files_of(self, publication: Publication) -> tuple[str, ...]:
        names = publication.manifest["files"]
        chosen = [name for name in names if any(fnmatchcase(name, pattern) for pattern in self._settings.files)]
        if not chosen:
            raise SettingsError(
                f'The files of destination "{self.name}" match none of {", ".join(names)}. '
                'Try "*", or a pattern such as "lists/*.csv".'
            )
        return (*sorted(chosen), MANIFEST)

    def _is_to_be_latest(self, publication: Publication) -> bool:
        """Say whether `LATEST` does not name this publication yet, nor one of a later moment."""
        named = self._copies.latest()
        standing = None if named is None else moment_of(self._copies.manifest(named))
        return named != publication.publication_id and (standing is None or standing <= publication.as_of)

    def _leaving(self, publication: Publication) -> tuple[str, ...]:
        """Return the copies that are more than are kept, this publication counted, and what was left half done."""
        if self._settings.keep is None:
            return ()
        sizes = self._copies.sizes()
        coming = Copy(publication.publication_id, publication.as_of)
        others = [copy for copy in complete(self._copies, sizes) if copy.publication_id != coming.publication_id]
        # Of several publications of one moment the one that comes is the one in force.
        kept = sorted([*others, coming], key=lambda copy: (copy.as_of, copy == coming))[-self._settings.keep :]
        named = coming.publication_id if self._is_to_be_latest(publication) else self._copies.latest()
        stay = {*(copy.publication_id for copy in kept), coming.publication_id, named}
        ours = {name for name in sizes if _IDENTIFIER.fullmatch(name)}
        return tuple(sorted(ours - stay))

    @contextmanager
    def _in_words(self, publication: Publication) -> Iterator[None]:
        try:
            yield
        except OSError as cause:
            place = self._settings.path.partition("?")[0]
            raise DestinationError(
                f"Expected to copy publication {publication.publication_id} to {place} for destination "
                f'"{self.name}", but {_reason(cause)}. Check that it exists, may be written to and has room, '
                "then sync again; what was complete there is so still."
            ) from None


def _counts(changes: list[tuple[Publication, Change]], leaving: tuple[str, ...]) -> Mapping[str, int]:
    return {"files": sum(len(change.lacking) for _, change in changes), "copies_taken_away": len(leaving)}


def _reason(cause: OSError) -> str:
    if found := _AWS.search(str(cause)):
        return _CAUSES.get(found[1], f"it answers {found[1]}")
    return f"{cause.strerror or type(cause).__name__}"
