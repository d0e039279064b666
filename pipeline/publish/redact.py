"""Taking a person out of the publications that are stored."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.events.person import Person
from pipeline.publish.dictionary import DICTIONARY
from pipeline.publish.exchange import exchange, mend
from pipeline.publish.folder import UNFINISHED, one_writer, settle, unfinished
from pipeline.publish.manifest import checksum
from pipeline.publish.plain import as_json
from pipeline.publish.published import MANIFEST, Publication, publications
from pipeline.publish.report.redact import without_person
from pipeline.sources import erase_parquet, erase_text
from pipeline.sources.erase_text import Layout

ABOUT_NOBODY = (MANIFEST, DICTIONARY)  # their examples are invented, whoever else may be called so
NOTE = (
    "Rows about people who asked to be forgotten were taken out after publication. Sizes, shares and totals, here, in "
    "segments.csv and in the report, are as they were published."
)


def redact(folder: Path, person: Person, at: datetime) -> Mapping[str, int]:
    """Take the person out of every publication in `folder`; return by publication how many rows that were.

    A publication keeps its id. Its manifest gets new row counts and checksums and says under `erased` how many people
    went, how many rows, and when the last one did. Each is replaced whole: whoever reads meanwhile, or after the
    process died, finds it complete, as before or as after.
    """
    if not folder.exists():
        return {}
    # Publications hold ids as they rest, so that there is nothing to make pseudonyms of.
    resting = Person(person.ids, person.contacts)
    with one_writer(folder):
        mend(folder)
        with unfinished(folder):
            # What an interrupted exchange left holds the person still. It is swept here even if nothing else is to do.
            pass
        counts = {one.publication_id: _redact(folder, one, resting, at) for one in publications(folder)}
    return {name: count for name, count in counts.items() if count}


def _redact(folder: Path, publication: Publication, person: Person, at: datetime) -> int:
    paths = [path for path in sorted(publication.path.rglob("*")) if path.is_file() and path.name not in ABOUT_NOBODY]
    naming = [path.relative_to(publication.path).as_posix() for path in paths if _names(path, person)]
    if not naming:
        return 0
    with unfinished(folder) as draft:
        shutil.copytree(publication.path, draft, dirs_exist_ok=True)
        removed = {name: _erase(publication.path / name, draft / name, person) for name in naming}
        if not any(removed.values()):
            return 0
        _write_manifest(draft, publication.manifest, removed, at)
        # Of several publications of one moment the one written last counts: this one is not newer than it was.
        shutil.copystat(publication.path / MANIFEST, draft / MANIFEST)
        ready = folder / f"{UNFINISHED}{publication.publication_id}"
        settle(draft, ready)
        exchange(ready, publication.path)
        shutil.rmtree(ready)
    return sum(removed.values())


def _names(path: Path, person: Person) -> bool:
    """Tell quickly whether a file may name the person."""
    match path.suffix:
        case ".parquet":
            return erase_parquet.count_rows(path, person) > 0
        case ".html":
            page = path.read_text(encoding="utf-8")
            return without_person(page, person) != page
        case _:
            return erase_text.names_person(path, person)


def _erase(path: Path, out: Path, person: Person) -> int:
    """Write a publication's file to `out` without the person, and return how many rows went."""
    match path.suffix:
        case ".parquet":
            return erase_parquet.erase_rows(path, out, person)
        case ".csv":
            return erase_text.erase_rows(path, out, person, Layout())
        case ".html":
            out.write_text(without_person(path.read_text(encoding="utf-8"), person), encoding="utf-8")
            return 1
        case _:
            return _drop_if_named(path, out, person)


def _drop_if_named(path: Path, out: Path, person: Person) -> int:
    """Remove a file that was put there by somebody else, if it tells who the person is."""
    told = Person(person.telling)
    if not told.ids or not erase_text.names_person(path, told):
        return 0
    out.unlink()
    return 1


def _write_manifest(draft: Path, manifest: Mapping[str, Any], removed: Mapping[str, int], at: datetime) -> None:
    files = {
        name: _entry(draft / name, entry, removed.get(name, 0))
        for name, entry in manifest["files"].items()
        if (draft / name).exists()
    }
    before = manifest.get("erased", {"people": 0, "rows": 0})
    erased = {
        "people": before["people"] + 1,
        "rows": before["rows"] + sum(removed.values()),
        "last_at": at,
        "note": NOTE,
    }
    (draft / MANIFEST).write_text(as_json({**manifest, "files": files, "erased": erased}), encoding="utf-8")


def _entry(path: Path, entry: Mapping[str, Any], removed: int) -> dict[str, Any]:
    rows = None if entry["rows"] is None else entry["rows"] - removed
    return {**entry, "rows": rows, "sha256": checksum(path)}
