"""Predictions as JSON texts, rounded so that a night's tremble tells nothing."""

import json
from datetime import tzinfo

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.spreadsheet import local_date

PROBABILITY = "_probability"


def property_texts(name: str, values: pa.ChunkedArray, zone: tzinfo) -> pa.Array:
    """Return a prediction's values as JSON texts, rounded; null where nothing is predicted."""
    type_ = values.type
    if pa.types.is_timestamp(type_):
        return _quoted(local_date(values, zone).cast(pa.string()))
    if pa.types.is_list(type_):
        return _quoted(pc.binary_join(values, "; "))
    if pa.types.is_boolean(type_):
        return values.cast(pa.string()).combine_chunks()
    if pa.types.is_floating(type_) or pa.types.is_integer(type_) or pa.types.is_decimal(type_):
        return _numbers(values.cast(pa.float64()), decimals=2 if name.endswith(PROBABILITY) else 0)
    return _quoted(values.cast(pa.string()))


def _numbers(values: pa.ChunkedArray, decimals: int) -> pa.Array:
    rounded = pc.add(pc.round(pc.if_else(pc.is_finite(values), values, None), decimals), 0.0)  # minus nought is nought
    whole = rounded if decimals else rounded.cast(pa.int64())
    return whole.cast(pa.string()).combine_chunks()


def _quoted(values: pa.ChunkedArray) -> pa.Array:
    """Return texts as JSON writes them; each different text is written once."""
    encoded = values.combine_chunks().dictionary_encode()
    texts = [None if word is None else json.dumps(word, ensure_ascii=False) for word in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)
