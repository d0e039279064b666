"""What a source says under names of its own: members of an object, or a list of names with values.

Rows have them as two arrays of text, `names` and `values`, in which they are looked up.
"""

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from pipeline.sources.json_text import at, json_extract

NAMES, VALUES = "names", "values"


def entries(text: ibis.Value, path: str) -> ibis.Value:
    """Return the members of the object at a path as an array of `key` and `value`, the latter as JSON."""
    return _map_entries(_as_map(json_extract(text, ibis.literal(path)), ibis.literal('"MAP(VARCHAR, JSON)"')))


def names_of(members: ibis.Value) -> ibis.Value:
    """Return the names of entries, in lower case: shops spell the same name in several ways."""
    return members.map(lambda one: one.key.lower())


def values_of(members: ibis.Value) -> ibis.Value:
    """Return the values of entries, as text."""
    return members.map(lambda one: at(one.value, "$"))


def member(rows: ibis.Table, *names: str) -> ibis.Value:
    """Return as text what a row says under the first of the names that it says something under; null under none."""
    found = (_list_extract(rows[VALUES], _list_position(rows[NAMES], ibis.literal(name))).nullif("") for name in names)
    return ibis.coalesce(*found)


@udf.scalar.builtin(name="json_transform", signature=((dt.string, dt.string), dt.Map(dt.string, dt.string)))  # type: ignore[untyped-decorator]
def _as_map(text: ibis.Value, shape: ibis.Value) -> ibis.Value:
    """DuckDB's own: a JSON object as a map."""


@udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="map_entries",
    signature=((dt.Map(dt.string, dt.string),), dt.Array(dt.Struct({"key": dt.string, "value": dt.string}))),
)
def _map_entries(members: ibis.Value) -> ibis.Value:
    """DuckDB's own: a map as a list."""


@udf.scalar.builtin(name="list_position", signature=((dt.Array(dt.string), dt.string), dt.int64))  # type: ignore[untyped-decorator]
def _list_position(texts: ibis.Value, text: ibis.Value) -> ibis.Value:
    """DuckDB's own: the place of a text in a list, counted from 1; null where it is not in it."""


@udf.scalar.builtin(name="list_extract", signature=((dt.Array(dt.string), dt.int64), dt.string))  # type: ignore[untyped-decorator]
def _list_extract(texts: ibis.Value, place: ibis.Value) -> ibis.Value:
    """DuckDB's own: the text at a place; null at none."""
