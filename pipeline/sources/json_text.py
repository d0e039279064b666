"""JSON text in the query engine: what lies at a path, as text, as a list, or told from broken text."""

from collections.abc import Mapping

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

RAW = "raw"


@udf.scalar.builtin(signature=((dt.string,), dt.boolean))  # type: ignore[untyped-decorator]
def json_valid(text: ibis.Value) -> ibis.Value:
    """DuckDB's own: whether text is JSON."""


@udf.scalar.builtin(signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def json_type(text: ibis.Value) -> ibis.Value:
    """DuckDB's own: the kind of a JSON value, such as OBJECT."""


@udf.scalar.builtin(signature=((dt.string, dt.string), dt.string))  # type: ignore[untyped-decorator]
def json_extract_string(text: ibis.Value, path: ibis.Value) -> ibis.Value:
    """DuckDB's own: what lies at a path, a string without its quotes, null where nothing or null does."""


@udf.scalar.builtin(name="json_extract", signature=((dt.string, dt.string), dt.Array(dt.string)))  # type: ignore[untyped-decorator]
def json_extract_all(text: ibis.Value, path: ibis.Value) -> ibis.Value:
    """DuckDB's own: everything that lies at a path with a wildcard, each as JSON text."""


@udf.scalar.builtin(name="json_extract", signature=((dt.string, dt.string), dt.string))  # type: ignore[untyped-decorator]
def json_extract(text: ibis.Value, path: ibis.Value) -> ibis.Value:
    """DuckDB's own: what lies at a path, as JSON text; null where nothing does."""


@udf.scalar.builtin(signature=((dt.string, dt.string), dt.string))  # type: ignore[untyped-decorator]
def json_merge_patch(below: ibis.Value, above: ibis.Value) -> ibis.Value:
    """DuckDB's own: one object laid over another; a null above takes away what is below."""


@udf.scalar.builtin(signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def to_json(text: ibis.Value) -> ibis.Value:
    """DuckDB's own: text as a JSON string."""


def is_object(text: ibis.Value) -> ibis.Value:
    """Tell JSON objects from everything else; null for null."""
    valid = json_valid(text)
    return ibis.ifelse(valid, json_type(ibis.ifelse(valid, text, ibis.literal("null"))) == "OBJECT", valid)


def at(text: ibis.Value, path: str) -> ibis.Value:
    """Return what lies at a path such as "customer.email" or "$.items[0].id", as text."""
    return json_extract_string(text, ibis.literal(_json_path(path)))


def each(text: ibis.Value, path: str) -> ibis.Value:
    """Return the elements of the list at a path, as an array of JSON texts; null where there is none."""
    return json_extract_all(text, ibis.literal(f"{_json_path(path)}[*]"))


def fields(lines: ibis.Table, paths: Mapping[str, str]) -> dict[str, ibis.Value]:
    """Return what lies at each path of the lines' JSON, by the names that the paths are given."""
    return {name: at(lines[RAW], path) for name, path in paths.items()}


def _json_path(path: str) -> str:
    if path.startswith("$"):
        return path
    return "$" + "".join(f'."{step}"' for step in path.split("."))
