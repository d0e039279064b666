"""Values of a database as text that says exactly what they are."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa


def spelled(rows: Sequence[Sequence[object]], names: Sequence[str]) -> pa.RecordBatch:
    """Return rows as columns of text, null where a value is null."""
    columns = zip(*rows, strict=True)
    arrays = [pa.array([spell(value) for value in column], pa.string()) for column in columns]
    return pa.record_batch(arrays, schema=schema_of(names))


def schema_of(names: Sequence[str]) -> pa.Schema:
    """Return a schema whose columns are text."""
    return pa.schema({name: pa.string() for name in names})


def spell(value: object) -> str | None:  # noqa: PLR0911 - one answer a kind of value
    """Write a value as text: numbers in full, moments as in ISO 8601, lists and objects as JSON, bytes as in SQL."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case float():
            return format(Decimal(repr(value)), "f")
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case bytes() | bytearray() | memoryview():
            return "\\x" + bytes(value).hex()
        case _:
            return str(value)
