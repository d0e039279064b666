"""Further files of an export, whose rows say more about events of the main files and are joined to them by id.

The first row about an event counts, and the same row again is the same told twice. A row about no event of the main
files, or one that says something else about an event than the row before, is set aside: it is counted as a line that
comes after the last of the first main file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.util import gen_name

from pipeline.errors import SourceError
from pipeline.settings.sources import SegmentSource
from pipeline.sources.files import Portion, matching
from pipeline.sources.json_paths import look_up, pointer
from pipeline.sources.json_text import RAW
from pipeline.sources.mapped import LINE, REASON
from pipeline.sources.reading import TEXT, UNREAD, kind_of, lines_before, read_json, read_table
from pipeline.sources.rejects import UNCLOSED, take_rejects
from pipeline.sources.scratch import Scratch
from pipeline.sources.segment_spec import OF_THE_CALL, paths

DETAIL, ID = "detail", "id"
NO_EVENT = "detail of no event"
ANOTHER = "another detail of its event"


@dataclass(frozen=True)
class Detailed:
    """A main file's `lines`, each with its `detail` or null, and the detail rows set `aside`: line, raw, reason."""

    lines: ibis.Table
    aside: ibis.Table


def detail_columns(scratch: Scratch, portion: Portion, source: SegmentSource) -> tuple[str, ...]:
    """Return the columns that the further files have."""
    tables = [path for path in _files(source.details, portion, source) if kind_of(path) in {"csv", "parquet"}]
    return tuple(name for path in tables for name in read_table(scratch, path, source).columns)


def detailed(scratch: Scratch, lines: ibis.Table, portion: Portion, source: SegmentSource) -> Detailed:
    """Join a main file's lines with what the further files say; SourceError where one of those cannot be read."""
    engine = scratch.engine
    details = _details(scratch, portion, source)
    ids = engine.create_table(gen_name("ids"), _ids(lines, source))
    first = details.filter(details.nth == 0).select(ID, **{DETAIL: details[RAW]})
    known = ids.inner_join(first, ID).select(LINE, DETAIL)
    joined = lines.left_join(known, LINE).select(*(lines[name] for name in lines.columns), DETAIL)
    aside = engine.create_table(gen_name("aside"), _aside(details, _all_ids(scratch, ids, portion, source)))
    last = engine.to_pyarrow(ids.count()).as_py()
    return Detailed(joined, aside.select(RAW, REASON, **{LINE: aside[LINE] + last}))


def _files(patterns: Sequence[str], portion: Portion, source: SegmentSource) -> list[Path]:
    return sorted({path for pattern in patterns for path in matching(pattern, portion.project, source.name)})


def _details(scratch: Scratch, portion: Portion, source: SegmentSource) -> ibis.Table:
    """Return all rows of the further files: `id`, `raw`, `reason` and, for those of an event, which one it is."""
    tables = [table for path in _files(source.details, portion, source) for table in _rows(scratch, path, source)]
    rows = ibis.union(*tables) if len(tables) > 1 else tables[0]
    order = ibis.window(group_by=[ID, REASON], order_by=["file", LINE])
    first = rows.mutate(nth=ibis.row_number().over(order), first=rows[RAW].first().over(order))
    return scratch.engine.create_table(
        gen_name("details"), first.mutate(nth=ibis.ifelse(first[REASON].isnull(), first.nth, ibis.null("int64")))
    )


def _rows(scratch: Scratch, path: Path, source: SegmentSource) -> Iterator[ibis.Table]:
    lines = read_json(scratch, path, source)
    event = look_up(lines[RAW], {ID: (pointer(source.details_id),)})[ID]
    reason = ibis.coalesce(lines[UNREAD], ibis.ifelse(event.isnull(), f"no {source.details_id}", ibis.null("string")))
    raw = lines[TEXT] if TEXT in lines.columns else lines[RAW]
    columns = {"file": ibis.literal(path.name), LINE: lines[LINE].cast("int64"), ID: event, RAW: raw, REASON: reason}
    yield scratch.engine.create_table(gen_name("detail"), lines.select(**columns))
    rejects = take_rejects(scratch, lines_before(path, source))
    if UNCLOSED in rejects["reason"].to_pylist():
        raise SourceError(
            f"source {source.name}: expected a readable file, got {path.name} with a quote that is never closed. "
            "Try exporting it again."
        )
    if len(rejects):
        named = {"file": pa.repeat(path.name, len(rejects)), ID: pa.nulls(len(rejects), pa.string())}
        yield ibis.memtable(
            pa.table({**named, LINE: rejects["line"], RAW: rejects["row"], REASON: rejects["reason"]})
        ).select(*columns)


def _ids(lines: ibis.Table, source: SegmentSource) -> ibis.Table:
    theirs = source.columns.get("event_id")
    places = {ID: (pointer(theirs),)} if theirs else {ID: paths(OF_THE_CALL)["event_id"]}
    return lines.select(LINE, **look_up(lines[RAW], places))


def _all_ids(scratch: Scratch, ids: ibis.Table, portion: Portion, source: SegmentSource) -> ibis.Table | None:
    """Return the ids of all main files where this is the first of them, else null: rows are set aside but once."""
    paths_of_all = _files(source.files, portion, source)
    if portion.name != paths_of_all[0].name:
        return None
    others = [_ids(read_json(scratch, path, source), source).select(ID) for path in paths_of_all[1:]]
    return ibis.union(ids.select(ID), *others) if others else ids.select(ID)


def _aside(details: ibis.Table, ids: ibis.Table | None) -> ibis.Table:
    """Return the rows to be set aside, numbered from 1."""
    if ids is None:
        return details.limit(0).select(LINE, RAW, REASON)
    known = ids.filter(ids[ID].notnull()).distinct().mutate(is_known=ibis.literal(value=True))
    rows = details.left_join(known, ID).select(RAW, REASON, "file", LINE, "nth", "first", "is_known")
    told_otherwise = (rows.nth > 0) & (rows[RAW] != rows["first"])
    reason = ibis.coalesce(
        rows[REASON],
        ibis.ifelse(rows.is_known.isnull(), NO_EVENT, ibis.null("string")),
        ibis.ifelse(told_otherwise, ANOTHER, ibis.null("string")),
    )
    named = rows.select("file", LINE, RAW, **{REASON: reason}).filter(lambda row: row[REASON].notnull())
    return named.select(RAW, REASON, **{LINE: ibis.row_number().over(order_by=["file", LINE]) + 1})
