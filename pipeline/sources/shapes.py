"""JSON objects taken apart once: what is wanted of each line becomes a struct, however much is taken from it later."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from pipeline.events.tables import EVENTS
from pipeline.settings.sources import FileSource
from pipeline.sources.json_text import RAW, at, json_extract, json_merge_patch
from pipeline.sources.mapped import LINE
from pipeline.sources.opening import opened
from pipeline.sources.reading import UNREAD, kind_of, read_json
from pipeline.sources.scratch import Scratch
from pipeline.sources.typed import require_fields

# A shape is what DuckDB's json_transform takes: names with shapes, a list of one shape, or text.
Shape = Mapping[str, Any] | Sequence[Any] | str
TEXT = "VARCHAR"
IT = "it"

_OWN = "own_"


def shaped(text: ibis.Value, shape: Shape) -> ibis.Value:
    """Return JSON text as structs, arrays and text; null wherever the JSON is of another shape."""
    transform = udf.scalar.builtin(
        _json_transform, name="json_transform", signature=((dt.string, dt.string), _type(shape))
    )
    return transform(text, ibis.literal(json.dumps(shape)))


def read_shaped(
    scratch: Scratch, path: Path, source: FileSource, shape: Shape, **more: Callable[[ibis.Value], ibis.Value]
) -> tuple[ibis.Table, ibis.Table]:
    """Return a file's lines, and for each of them what it holds: `line`, `unread`, `it` and what the settings name.

    `more` makes further columns of a line's JSON. A document is a list of records, or has one where the settings say.
    """
    lines = read_json(scratch, path, source.model_copy(update={"records": None}) if is_list(path, source) else source)
    named = {f"{_OWN}{ours}": at(lines[RAW], theirs) for ours, theirs in source.columns.items()}
    further = {name: make(lines[RAW]) for name, make in more.items()}
    return lines, kept(scratch, lines.select(LINE, UNREAD, **{IT: shaped(lines[RAW], shape)}, **further, **named))


def is_list(path: Path, source: FileSource) -> bool:
    """Tell a JSON document that is a list from every other file."""
    if kind_of(path) != "document":
        return False
    with opened(path) as document:
        begin = document.read(1024).decode(source.encoding, errors="ignore")
    return begin.lstrip("\ufeff \t\r\n").startswith("[")


def listed(text: ibis.Value, name: str, shape: Shape) -> ibis.Value:
    """Return the list of that name, as it is or out of the records that writers of Parquet wrap lists in."""
    inner = json_extract(text, ibis.literal(f'$."{name}"'))
    wrapped = shaped(inner, {"list": [{"element": shape, "item": shape}]})
    elements = wrapped["list"].map(lambda one: ibis.coalesce(one.element, one["item"]))
    return ibis.coalesce(shaped(inner, [shape]), elements)


def kept(scratch: Scratch, rows: ibis.Table) -> ibis.Table:
    """Return rows computed once and for all, so that a file is not read again for each table that is made of it."""
    return scratch.engine.create_table(f"kept_{uuid4().hex}", rows)


def told(
    rows: ibis.Table, usual: Mapping[str, ibis.Value], source: FileSource, allowed: Sequence[str] = EVENTS.columns
) -> dict[str, ibis.Value]:
    """Return the fields that a format usually has, with those that the settings name; SourceError for others."""
    require_fields([*source.columns, *source.constants], tuple(allowed), (), f"source {source.name}")
    constants = {name: ibis.literal(value) for name, value in source.constants.items()}
    named = {name: rows[f"{_OWN}{name}"] for name in source.columns if f"{_OWN}{name}" in rows.columns}
    return {**usual, **constants, **named}


def described(**values: ibis.Value) -> ibis.Value:
    """Return the values that are not null as one JSON object, null where all are."""
    whole = ibis.struct(values).cast("json").cast("string")
    return json_merge_patch(ibis.literal("{}"), whole).nullif("{}")


def also(one: ibis.Value, other: ibis.Value) -> ibis.Value:
    """Return two JSON objects, or nulls, as one; what both say is what the second says."""
    nothing = ibis.literal("{}")
    return json_merge_patch(one.fill_null(nothing), other.fill_null(nothing)).nullif("{}")


def no_text() -> ibis.Value:
    """Return a text that is null."""
    return ibis.null("string")


def _type(shape: Shape) -> dt.DataType:
    match shape:
        case str():
            return dt.string
        case Mapping():
            return dt.Struct({name: _type(inner) for name, inner in shape.items()})
        case _:
            return dt.Array(_type(shape[0]))


def _json_transform(text: ibis.Value, shape: ibis.Value) -> ibis.Value:
    """DuckDB's own: JSON as the structure that is told."""
