"""Nothing is handed on that is not, byte for byte, what was published."""

from collections.abc import Iterable

from pipeline.errors import DestinationError
from pipeline.publish.manifest import checksum
from pipeline.publish.published import Publication


def require_intact(publication: Publication, files: Iterable[str]) -> None:
    """Raise DestinationError for the first of a publication's files that is missing or not as its manifest says."""
    for name in files:
        entry, path = publication.manifest["files"].get(name), publication.path / name
        if entry is None or not path.is_file() or checksum(path) != entry["sha256"]:
            raise DestinationError(
                f"Expected {name} of publication {publication.publication_id} to be as it was published, but it has "
                "been changed or removed since. Publish again, then sync again."
            )
