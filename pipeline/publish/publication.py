"""Put an edition into `published/`: complete or absent, `LATEST` last."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import PublicationError
from pipeline.publish.audiences import AUDIENCE_SHEET, AUDIENCES, audience_sheet
from pipeline.publish.dictionary import DICTIONARY, dictionary, entry_of
from pipeline.publish.edition import Edition
from pipeline.publish.folder import one_writer, point, settle, unfinished
from pipeline.publish.lists import member_lists
from pipeline.publish.manifest import checksum, facts, name_of
from pipeline.publish.plain import Json, as_json
from pipeline.publish.published import LATEST, MANIFEST, Publication, latest, read_publication
from pipeline.publish.report.render import render
from pipeline.publish.spreadsheet import write_csv
from pipeline.publish.tables import membership_table, prediction_table, segment_table

__all__ = ["LATEST", "Publication", "latest", "publish", "read_publication"]


def publish(folder: Path, edition: Edition, *, byte_order_mark: bool = False) -> Publication:
    """Write `edition` as `folder/<publication_id>/` and let `LATEST` name it; return what was published.

    The same edition gives the same bytes under the same name, so that a run can be repeated. An edition of an earlier
    moment than the latest one is kept, but `LATEST` does not go back to it. `folder` is made if its parent exists. With
    `byte_order_mark`, every CSV file begins with one. A PublicationError says so when it cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        with one_writer(folder), unfinished(folder) as draft:
            publication = _settled(folder, draft, edition, byte_order_mark=byte_order_mark)
            if not _is_older_than_latest(folder, publication):
                point(folder / LATEST, publication.publication_id)
            return publication
    except OSError as cause:
        raise PublicationError(
            f"Expected to write a publication into {folder}, but {cause.strerror or cause} "
            f"({cause.filename or folder}). Check that the folder's parent exists, is writable and has room, "
            "and publish again.",
        ) from cause


def changed_files(publication: Publication) -> list[str]:
    """Return the files of a publication that are gone or not as they were published."""
    entries = publication.manifest["files"].items()
    return [name for name, entry in entries if not _is_intact(publication.path / name, entry)]


def _settled(folder: Path, draft: Path, edition: Edition, *, byte_order_mark: bool) -> Publication:
    """Write the edition into `draft` and move it to its place, unless the same publication stands there already."""
    name = _write(draft, edition, byte_order_mark=byte_order_mark)
    place = folder / name
    if not place.exists():
        settle(draft, place)
    published = read_publication(place)
    changed = changed_files(published)
    if changed:
        raise PublicationError(
            f"Expected {place} to be as it was published, but {changed[0]} has been changed or removed since. "
            "Move that folder out of the way and publish again.",
        )
    return published


def _write(draft: Path, edition: Edition, *, byte_order_mark: bool) -> str:
    """Write every file of the edition and return the publication's id.

    The id stands in the report, so it is taken from all the rest: the tables' checksums and the facts of the manifest,
    of which the report is made.
    """
    files: dict[str, Json] = {}
    for name, table in _tables(edition):
        _write_table(table, draft / name, byte_order_mark=byte_order_mark)
        files[name] = {"rows": table.num_rows, "sha256": checksum(draft / name)}
    files = dict(sorted(files.items()))
    manifest = facts(edition, files)
    name = name_of(edition, manifest)
    (draft / "report.html").write_text(render(edition, name), encoding="utf-8")
    files["report.html"] = {"rows": None, "sha256": checksum(draft / "report.html")}
    (draft / MANIFEST).write_text(as_json(manifest | {"publication_id": name, "files": files}), encoding="utf-8")
    return name


def _tables(edition: Edition) -> Iterator[tuple[str, pa.Table]]:
    """Yield every table by the name of its file, each made when it is asked for, and what their columns mean last."""
    columns: dict[str, tuple[str, ...]] = {}
    for name, table in _contents(edition):
        columns[entry_of(name)] = tuple(table.column_names)
        yield name, table
    yield DICTIONARY, dictionary(columns, edition)


def _contents(edition: Edition) -> Iterator[tuple[str, pa.Table]]:
    yield "segments.csv", segment_table(edition)
    yield "memberships.parquet", membership_table(edition)
    yield "predictions.parquet", prediction_table(edition)
    for segment, table in member_lists(edition):
        yield f"lists/{segment.name}.csv", table
    if edition.audiences is not None:
        yield AUDIENCE_SHEET, audience_sheet(edition.audiences)
        yield AUDIENCES, edition.audiences.table


def _write_table(table: pa.Table, path: Path, *, byte_order_mark: bool) -> None:
    """Write a table as its file's name asks for; equal tables are equal bytes."""
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".csv":
        write_csv(table, path, byte_order_mark=byte_order_mark)
    else:
        # In one chunk, and without anything of the process that made it.
        pq.write_table(table.combine_chunks().replace_schema_metadata(None), path, compression="zstd")


def _is_intact(path: Path, entry: Mapping[str, Json]) -> bool:
    return path.is_file() and checksum(path) == entry["sha256"]


def _is_older_than_latest(folder: Path, publication: Publication) -> bool:
    """Say whether `LATEST` names a publication of a later moment; one that cannot be read is no hindrance."""
    try:
        standing = latest(folder)
    except PublicationError:
        return False
    return standing is not None and standing.as_of > publication.as_of
