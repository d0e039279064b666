"""What a publication says about itself: where it came from and what is in it."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pipeline
from pipeline.publish.audiences import audience_facts
from pipeline.publish.edition import Edition
from pipeline.publish.plain import Json, digest, plain
from pipeline.publish.record_facts import record_facts

PACKAGES = ("pipeline", "features", "models", "flows")
SOURCES = (".py", ".yaml", ".lark", ".j2", ".css")


def facts(edition: Edition, files: Mapping[str, object]) -> dict[str, Json]:
    """Return the manifest of an edition but for its name; `files` gives the checksum and row count of each."""
    definitions = {segment.name: segment.definition_version for segment in edition.decided}
    sizes = {name: edition.memberships.of(name).num_rows for name in definitions}
    return {
        "as_of": plain(edition.as_of),
        "shop": plain(edition.shop),
        "data_snapshot": edition.data.snapshot,
        "data": plain(edition.data),
        "segment_definitions": digest(definitions),
        "segment_texts": digest([segment.model_dump(mode="json") for segment in edition.segments]),
        "segments": {
            segment.name: {
                "definition_version": segment.definition_version,
                "when": segment.when,
                "stay_while": segment.stay_while,
                "size": sizes[segment.name],
            }
            for segment in edition.decided
        },
        "left_out": plain(edition.memberships.left_out),
        "audiences": audience_facts(edition.audiences) if edition.audiences else {},
        "record": record_facts(edition.record),
        "model_versions": plain(edition.versions),
        "models": plain(edition.models),
        "code_version": code_version(),
        "previous": edition.earlier.publication_id if edition.earlier else None,
        "notes": plain((*edition.notes, *edition.remarks)),
        "files": plain(files),
    }


def name_of(edition: Edition, manifest: Mapping[str, Json]) -> str:
    """Return the publication's id: the date of `as_of` in UTC, and a short hash of all that the manifest says."""
    return f"{str(plain(edition.as_of))[:10]}-{digest(manifest)}"


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_version() -> str:
    """Return the package's version and a digest of its sources, so that an edited checkout is told from a release.

    Taken once a process: what runs is what was there when it started.
    """
    root = Path(pipeline.__file__).parent.parent
    sources = [path for package in PACKAGES for path in (root / package).rglob("*") if path.suffix in SOURCES]
    contents = {path.relative_to(root).as_posix(): checksum(path) for path in sources}
    return f"{version('segcast')}+{digest(contents)}"
