"""A copy of each publication in a folder or an S3, and `LATEST`, which names the newest.

A reader finds a copy complete or not at all, and `LATEST` always names a complete one; in an S3 a copy is complete when
its `manifest.json` is there. What was interrupted is finished the next time. Every copy whose original still lies
beside the publication is brought to what the original is now, so that who was erased from it leaves the copies too.
A copy whose original is gone stays as it is until `keep` takes it away, or until somebody is forgotten, as nobody can
tell whether it names them.
"""

import re
from collections.abc import Collection, Iterator, Mapping
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

    def deliver(self, publication: Publication, *, forgotten: bool = False) -> Mapping[str, int]:
        """Copy a publication; return how many files were written, and how many copies were taken away.

        `forgotten` says that somebody was since the last time: copies that cannot be cleaned are taken away then.
        SettingsError where copies would lie among the publications themselves.
        """
        self._require_a_place_of_its_own(publication)
        with self._in_words(publication):
            self._copies.tidy()
            changes = self._changes(publication)
            leaving = self._leaving(publication, forgotten=forgotten)
            points = self._is_to_be_latest(publication, leaving)
            for original, change in changes:
                require_intact(original, [name for name in change.lacking if name != MANIFEST])
                self._copies.write(original, change)
            if points:
                self._copies.point(publication.publication_id)
            for publication_id in leaving:
                self._copies.remove(publication_id)
        return _counts(changes, leaving)

    def preview(self, publication: Publication, *, forgotten: bool = False) -> Mapping[str, int]:
        """Return what `deliver` would, and change nothing."""
        self._require_a_place_of_its_own(publication)
        with self._in_words(publication):
            return _counts(self._changes(publication), self._leaving(publication, forgotten=forgotten))

    def _require_a_place_of_its_own(self, publication: Publication) -> None:
        """Refuse the folder of the publications: a copy would take the place of its original."""
        published = publication.path.parent.resolve()
        if self._folder is not None and self._folder.resolve().is_relative_to(published):
            raise SettingsError(
                f'The path of destination "{self.name}" was expected outside the folder of the publications, '
                f"but is {self._settings.path}, which lies in it. Name a folder of its own."
            )

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

    def _is_to_be_latest(self, publication: Publication, leaving: Collection[str] = ()) -> bool:
        """Say whether `LATEST` does not name this publication yet, nor one of a later moment that stays."""
        named = self._copies.latest()
        standing = None if named is None or named in leaving else moment_of(self._copies.manifest(named))
        return named != publication.publication_id and (standing is None or standing <= publication.as_of)

    def _leaving(self, publication: Publication, *, forgotten: bool) -> tuple[str, ...]:
        """Return the copies to take away: more than are kept, and those that cannot be cleaned of the `forgotten`."""
        sizes = self._copies.sizes()
        ours = {name for name in sizes if _IDENTIFIER.fullmatch(name)} - {publication.publication_id}
        uncleaned = {name for name in ours if forgotten and not (publication.path.parent / name / MANIFEST).is_file()}
        return tuple(sorted(uncleaned | (ours - self._kept(publication, sizes, uncleaned))))

    def _kept(
        self, publication: Publication, sizes: Mapping[str, Mapping[str, int]], leaving: Collection[str]
    ) -> frozenset[str]:
        """Return the copies that stay, this publication counted, and the one that `LATEST` is to name."""
        if self._settings.keep is None:
            return frozenset(sizes)
        coming = Copy(publication.publication_id, publication.as_of)
        found = complete(self._copies, sizes)
        others = [copy for copy in found if copy.publication_id not in {coming.publication_id, *leaving}]
        # Of several publications of one moment the one that comes is the one in force.
        kept = sorted([*others, coming], key=lambda copy: (copy.as_of, copy == coming))[-self._settings.keep :]
        named = coming.publication_id if self._is_to_be_latest(publication) else self._copies.latest()
        return frozenset({*(copy.publication_id for copy in kept), *([named] if named else [])})

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
