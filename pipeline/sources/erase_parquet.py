"""Taking a person's rows out of a Parquet file, however deep in a row they are named."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.events.person import Person, holds_people

BATCH = 65_536

Mask = npt.NDArray[np.bool_]


def count_rows(path: Path, person: Person, holders: frozenset[str] = frozenset()) -> int:
    """Return how many rows name the person; `holders` are the columns that are read as ids or addresses of people."""
    return sum(int(mask.sum()) for _, mask in _batches(path, person, holders))


def erase_rows(path: Path, out: Path, person: Person, holders: frozenset[str] = frozenset()) -> int:
    """Write the file at `path` to `out` without those rows, batch by batch, and return how many they were.

    Schema and compression stay as they were.
    """
    removed = 0
    with (
        pq.ParquetFile(path) as file,
        # The lists' own inner names are part of the schema, whatever is usual today.
        pq.ParquetWriter(
            out, file.schema_arrow, compression=_compression(file), use_compliant_nested_type=False
        ) as writer,
    ):
        for batch, mask in _batches(path, person, holders):
            removed += int(mask.sum())
            writer.write_table(pa.Table.from_batches([batch.filter(pa.array(~mask))]))
    return removed


def _batches(path: Path, person: Person, holders: frozenset[str]) -> Iterator[tuple[pa.RecordBatch, Mask]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH):
            mask = np.zeros(batch.num_rows, np.bool_)
            for name in batch.schema.names:
                mask |= _named(batch[name], person, name, holds_people(name) or name in holders)
            yield batch, mask


def _named(values: pa.Array, person: Person, name: str, holder: bool) -> Mask:  # noqa: FBT001 - told by the name
    """Return where a value, or anything in it, names the person."""
    kind = values.type
    if pa.types.is_struct(kind):
        parts = ((field.name, part) for field, part in zip(kind, values.flatten(), strict=True))
        masks = [_named(part, person, inner, holds_people(inner, name)) for inner, part in parts]
        return np.logical_or.reduce(masks) if masks else np.zeros(len(values), np.bool_)
    if pa.types.is_map(kind):
        return np.fromiter((row is not None and person.is_in(dict(row)) for row in values.to_pylist()), np.bool_)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _in_lists(values, person, name, holder)
    return _in_values(values, person, holder)


def _in_lists(values: pa.Array, person: Person, name: str, holder: bool) -> Mask:  # noqa: FBT001 - as above
    inner = _named(pc.list_flatten(values), person, name, holder)
    rows = np.zeros(len(values), np.bool_)
    rows[pc.list_parent_indices(values).to_numpy()[inner]] = True
    return rows


def _in_values(values: pa.Array, person: Person, holder: bool) -> Mask:  # noqa: FBT001 - as above
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _in_texts(values.cast(kind), person, holder)
    if holder and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        numbers = values.cast(kind)
        return _among(numbers, [one for one in numbers.unique().drop_null().to_pylist() if person.is_number(one)])
    return np.zeros(len(values), np.bool_)


def _in_texts(texts: pa.Array, person: Person, holder: bool) -> Mask:  # noqa: FBT001 - as above
    """Look closely only at the few texts, each once, that hold something of the person's."""
    distinct = texts.unique().drop_null()
    if person.can_be_searched_for or not holder:
        distinct = distinct.filter(_may_name(distinct, person))
    return _among(texts, [text for text in distinct.to_pylist() if person.is_in(text, holder=holder)])


def _among(values: pa.Array, few: list[object]) -> Mask:
    return np.asarray(pc.is_in(values, pa.array(few, values.type)).to_numpy(zero_copy_only=False), np.bool_)


def _may_name(texts: pa.Array, person: Person) -> pa.Array:
    found = pa.array(np.zeros(len(texts), np.bool_))
    for pattern in person.value_patterns:
        found = pc.or_(found, pc.match_substring_regex(texts, pattern, ignore_case=True))
    # A pseudonym stands for an id that cannot be searched for, and JSON may hold one anywhere.
    return found if person.can_be_searched_for else pc.or_(found, pc.match_substring_regex(texts, r"^\s*[{\[]"))


def _compression(file: pq.ParquetFile) -> dict[str, str] | str:
    if not file.metadata.num_row_groups:
        return "snappy"
    first = file.metadata.row_group(0)
    columns = (first.column(place) for place in range(first.num_columns))
    return {column.path_in_schema: _codec_of(column.compression) for column in columns}


def _codec_of(name: str) -> str:
    return "none" if name == "UNCOMPRESSED" else name.lower()
