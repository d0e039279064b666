"""JSON objects in the query engine: many of their fields in one reading, one laid over another, their plain fields."""

from collections.abc import Iterable, Mapping, Sequence

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from pipeline.sources.json_text import each, is_object, json_extract, json_merge_patch, json_type, json_valid, to_json

EMPTY = "{}"
# A field, with its name, that is a list, an object or nothing, or has an e-mail address somewhere.
_NOT_PLAIN = r'^"(?:[^"\\]|\\.)*":(?:\[|\{|(?:null|""|"null")$)|[^\s@]@[^\s@]'


@udf.scalar.builtin(name="json_extract_string", signature=((dt.string, dt.Array(dt.string)), dt.Array(dt.string)))  # type: ignore[untyped-decorator]
def _json_extract_strings(text: ibis.Value, paths: ibis.Value) -> ibis.Value:
    """DuckDB's own: what lies at each of the paths, the text being read once."""


@udf.scalar.builtin(signature=((dt.string,), dt.Array(dt.string)))  # type: ignore[untyped-decorator]
def json_keys(text: ibis.Value) -> ibis.Value:
    """DuckDB's own: the names of an object's fields."""


def pointer(*steps: str) -> str:
    """Return the JSON pointer (RFC 6901) to a field, whatever characters its name has."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def look_up(text: ibis.Value, paths: Mapping[str, Sequence[str]]) -> dict[str, ibis.Value]:
    """Return, by name, what lies at the first of its paths where anything does; "null" and "" are nothing."""
    return first_of(found_at(text, paths), paths)


def found_at(text: ibis.Value, paths: Mapping[str, Sequence[str]]) -> ibis.Value:
    """Return what lies at each of all paths, as an array of texts, from which `first_of` picks."""
    flat = [path for several in paths.values() for path in several]
    return _json_extract_strings(text, ibis.literal(flat, type="array<string>"))


def first_of(found: ibis.Value, paths: Mapping[str, Sequence[str]]) -> dict[str, ibis.Value]:
    """Return what `look_up` does, of an array that `found_at` made for the same paths."""
    count = sum(len(several) for several in paths.values())
    values = iter([found[index].nullif("").nullif("null") for index in range(count)])
    return {name: ibis.coalesce(*(next(values) for _ in several)) for name, several in paths.items()}


def object_or_null(text: ibis.Value) -> ibis.Value:
    """Return JSON text where it is an object, else null."""
    return ibis.ifelse(is_object(text), text, ibis.null("string"))


def list_or_null(text: ibis.Value) -> ibis.Value:
    """Return the elements of JSON text where it is a list, each as JSON text, else null."""
    valid = json_valid(text)
    readable = ibis.ifelse(valid, text, ibis.literal("null"))
    return ibis.ifelse(valid & (json_type(readable) == "ARRAY"), each(readable, "$"), ibis.null("array<string>"))


def over(below: ibis.Value, above: ibis.Value) -> ibis.Value:
    """Lay one object over another; either may be null, and a null field above takes nothing away."""
    empty = ibis.literal(EMPTY)
    return json_merge_patch(ibis.coalesce(below, empty), json_merge_patch(empty, ibis.coalesce(above, empty)))


def plain_fields(text: ibis.Value, without: Iterable[str], without_pattern: str) -> ibis.Value:
    """Return an object with only those fields that are plain: no lists, no objects, nothing with an e-mail address.

    Fields named in `without`, or whose name matches `without_pattern`, are left out too. Null where nothing is left.
    """
    named = sorted(without)
    keys = json_keys(text).filter(lambda key: ~(key.isin(named) | key.re_search(without_pattern)))
    entries = keys.map(lambda key: to_json(key).cast("string") + ":" + json_extract(text, _pointer(key)))
    return ("{" + entries.filter(lambda entry: ~entry.re_search(_NOT_PLAIN)).join(",") + "}").nullif(EMPTY)


def _pointer(key: ibis.Value) -> ibis.Value:
    # A function outermost: Ibis's insert reads its SQL anew and takes "text -> '/' || key" for (text -> '/') || key.
    return key.replace("~", "~0").replace("/", "~1").re_replace("^", "/")
