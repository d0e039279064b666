"""What a table at rest promises: its columns with their types, meaning and bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")
EXACT = pa.decimal128(18, 4)
LONGEST_NAME, LONGEST_TEXT, LONGEST_OBJECT = 256, 10_000, 1_000_000


@dataclass(frozen=True)
class Field:
    """A column: its name, type and meaning.

    `null` says what an absent value means, empty for a column that is never null. A number is bounded by
    `at_least`, `at_most` and, exclusively, `above`; a text by `longest` characters and by the regular expression
    `pattern`, or it `is_object`: one JSON object.
    """

    name: str
    type: pa.DataType
    meaning: str
    null: str = ""
    at_least: int | None = None
    above: int | None = None
    at_most: int | None = None
    longest: int | None = None
    pattern: str | None = None
    is_object: bool = False


@dataclass(frozen=True)
class Contract:
    """A table's name and columns, the key that tells rows apart, and the column that dates a row.

    Two rows with the same key are the same row, told twice. `required_by_type` names what an event type cannot do
    without beyond the columns that are never null.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    dated_by: str
    required_by_type: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        return pa.schema({one.name: one.type for one in self.fields})

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(one.name for one in self.fields)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The columns that are never null."""
        return tuple(one.name for one in self.fields if not one.null)
