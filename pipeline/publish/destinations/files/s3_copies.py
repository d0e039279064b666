"""Copies of publications in an S3: objects under the publication's id, its manifest after all others, `LATEST` last."""

import hashlib
import shutil
from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pyarrow.fs import FileSelector, FileType, S3FileSystem

from pipeline.errors import SettingsError, did_you_mean
from pipeline.publish.destinations.files.copies import Change
from pipeline.publish.destinations.intact import require_intact
from pipeline.publish.published import LATEST, MANIFEST, Publication
from pipeline.settings.destinations import FilesDestination

SCHEME = "s3://"
OPTIONS = ("region",)
CHUNK_BYTES = 1 << 20
TO_CONNECT_SECONDS, TO_ANSWER_SECONDS = 10, 60


class S3Copies:
    """A folder of a bucket; see `change_of` for what of an interrupted copy is sent again.

    While somebody is erased from a copy, its manifest is away.
    """

    def __init__(self, settings: FilesDestination, access_key: str | None, secret_key: str | None) -> None:
        """Take the address; SettingsError where it is none. Without keys the usual ones of AWS are looked for."""
        parts = urlsplit(settings.path)
        options = _options(settings, parts)
        self._root = unquote(f"{parts.netloc}{parts.path}").strip("/")
        self._files = S3FileSystem(
            access_key=access_key,
            secret_key=secret_key,
            region=options.get("region"),
            endpoint_override=settings.endpoint,
            connect_timeout=TO_CONNECT_SECONDS,
            request_timeout=TO_ANSWER_SECONDS,
            allow_delayed_open=True,
        )

    def tidy(self) -> None:
        """Leave everything: what is there of an interrupted copy need not be sent again."""

    def sizes(self) -> Mapping[str, Mapping[str, int]]:
        """Return the bytes of every object of every copy."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for entry in self._files.get_file_info(FileSelector(self._root, recursive=True, allow_not_found=True)):
            place, _, name = entry.path.removeprefix(f"{self._root}/").partition("/")
            if name and entry.type == FileType.File:
                found[place][name] = entry.size
        return found

    def manifest(self, publication_id: str) -> bytes | None:
        """Return the manifest of a copy, None where there is none."""
        return self._read(f"{publication_id}/{MANIFEST}")

    def sha256(self, publication_id: str, name: str) -> str:
        """Return the checksum of an object, which is read for it."""
        digest = hashlib.sha256()
        with self._files.open_input_stream(f"{self._root}/{publication_id}/{name}") as stream:
            while part := stream.read(CHUNK_BYTES):
                digest.update(part)
        return digest.hexdigest()

    def write(self, publication: Publication, change: Change) -> None:
        """Write what lacks. Where an object changes or goes, the manifest is taken away before and put back after."""
        place = f"{self._root}/{publication.publication_id}"
        if self.manifest(publication.publication_id) is not None:
            self._files.delete_file(f"{place}/{MANIFEST}")
        for name in change.leaving:
            self._files.delete_file(f"{place}/{name}")
        others = [name for name in change.lacking if name != MANIFEST]
        for name in others:
            self._send(publication, name)
        require_intact(publication, others)  # nobody was erased from it meanwhile
        self._send(publication, MANIFEST)

    def latest(self) -> str | None:
        """Return the id that `LATEST` names, None where there is none."""
        told = self._read(LATEST)
        return None if told is None else told.decode().strip()

    def point(self, publication_id: str) -> None:
        """Let `LATEST` name a copy."""
        with self._files.open_output_stream(f"{self._root}/{LATEST}") as pointer:
            pointer.write(f"{publication_id}\n".encode())

    def remove(self, publication_id: str) -> None:
        """Take a copy away, its manifest first."""
        place = f"{self._root}/{publication_id}"
        if self.manifest(publication_id) is not None:
            self._files.delete_file(f"{place}/{MANIFEST}")
        self._files.delete_dir(place)

    def _send(self, publication: Publication, name: str) -> None:
        place = f"{self._root}/{publication.publication_id}/{name}"
        with (publication.path / name).open("rb") as source, self._files.open_output_stream(place) as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)

    def _read(self, path: str) -> bytes | None:
        try:
            with self._files.open_input_stream(f"{self._root}/{path}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None


def _options(settings: FilesDestination, parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query))
    unknown = next((name for name in options if name not in OPTIONS), None)
    if unknown is None and parts.netloc and "@" not in parts.netloc:
        return options
    hint = f' "{unknown}" is no option of it.{did_you_mean(unknown, OPTIONS)}' if unknown else ""
    raise SettingsError(
        f'The path of destination "{settings.name}" was expected as s3://bucket/folder, with or without '
        f"?region=eu-west-1, but is something else.{hint} Keys are named by access_key and secret_key."
    )
