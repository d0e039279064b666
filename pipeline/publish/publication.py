"""Put an edition into `published/`: complete or absent, `LATEST` last."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import PublicationError
from pipeline.publish.audiences import AUDIENCE_SHEET, AUDIENCES, audience_sheet
from pipeline.publish.edition import Edition
from pipeline.publish.folder import one_writer, point, settle, unfinished
from pipeline.publish.lists import member_list
from pipeline.publish.manifest import checksum, facts, name_of
from pipeline.publish.plain import Json, as_json
from pipeline.publish.published import LATEST, MANIFEST, Publication, latest, read_publication
from pipeline.publish.report.render import render
from pipeline.publish.spreadsheet import write_csv
from pipeline.publish.tables import membership_table, prediction_table, segment_table
from pipeline.segments.audiences.deciding import Audiences

__all__ = ["LATEST", "Publication", "latest", "publish", "read_publication"]


def publish(folder: Path, edition: Edition) -> Publication:
    """Write `edition` as `folder/<publication_id>/` and let `LATEST` name it; return what was published.

    The same edition gives the same bytes under the same name, so that a run can be repeated. An edition of an earlier
    moment than the latest one is kept, but `LATEST` does not go back to it. `folder` is made if its parent exists. A
    PublicationError says so when it cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        with one_writer(folder), unfinished(folder) as draft:
            publication = _settled(folder, draft, edition)
            if not _is_older_than_latest(folder, publication):
                point(folder / LATEST, publication.publication_id)
            return publication
    except OSError as cause:
        raise PublicationError(
            f"Expected to write a publication into {folder}, but {cause.strerror or cause} "
            f"({cause.filename or folder}). Check that the folder's parent exists, is writable and has room, "
            "and publish again.",
        ) from cause


def _settled(folder: Path, draft: Path, edition: Edition) -> Publication:
    """Write the edition into `draft` and move it to its place, unless the same publication stands there already."""
    name = _write(draft, edition)
    place = folder / name
    if not place.exists():
        settle(draft, place)
    published = read_publication(place)
    changed = [name for name, entry in published.manifest["files"].items() if not _is_intact(place / name, entry)]
    if changed:
        raise PublicationError(
            f"Expected {place} to be as it was published, but {changed[0]} has been changed or removed since. "
            "Move that folder out of the way and publish again.",
        )
    return published


def _write(draft: Path, edition: Edition) -> str:
    """Write every file of the edition and return the publication's id.

    The id stands in the report, so it is taken from all the rest: the tables' checksums and the facts of the manifest,
    of which the report is made.
    """
    rows = _write_tables(draft, edition) | _write_lists(draft, edition) | _write_audiences(draft, edition.audiences)
    files = {name: {"rows": count, "sha256": checksum(draft / name)} for name, count in sorted(rows.items())}
    manifest = facts(edition, files)
    name = name_of(edition, manifest)
    (draft / "report.html").write_text(render(edition, name), encoding="utf-8")
    files["report.html"] = {"rows": None, "sha256": checksum(draft / "report.html")}
    (draft / MANIFEST).write_text(as_json(manifest | {"publication_id": name, "files": files}), encoding="utf-8")
    return name


def _write_tables(draft: Path, edition: Edition) -> dict[str, int]:
    """Write the three tables and return their rows by file name."""
    segments, memberships, predictions = segment_table(edition), membership_table(edition), prediction_table(edition)
    write_csv(segments, draft / "segments.csv")
    _write_parquet(memberships, draft / "memberships.parquet")
    _write_parquet(predictions, draft / "predictions.parquet")
    return {
        "segments.csv": segments.num_rows,
        "memberships.parquet": memberships.num_rows,
        "predictions.parquet": predictions.num_rows,
    }


def _write_lists(draft: Path, edition: Edition) -> dict[str, int]:
    """Write one list a segment and return their rows by file name."""
    (draft / "lists").mkdir()
    lists = {f"lists/{segment.name}.csv": member_list(edition, segment) for segment in edition.decided}
    for name, table in lists.items():
        write_csv(table, draft / name)
    return {name: table.num_rows for name, table in lists.items()}


def _write_audiences(draft: Path, audiences: Audiences | None) -> dict[str, int]:
    """Write who is to be contacted, where that was decided, and return the rows by file name."""
    if audiences is None:
        return {}
    sheet = audience_sheet(audiences)
    write_csv(sheet, draft / AUDIENCE_SHEET)
    _write_parquet(audiences.table, draft / AUDIENCES)
    return {AUDIENCE_SHEET: sheet.num_rows, AUDIENCES: audiences.table.num_rows}


def _write_parquet(table: pa.Table, path: Path) -> None:
    """Write `table` in one chunk without anything of the process that made it, so that equal tables are equal bytes."""
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
