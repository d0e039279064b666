"""Batches of events become arrays of numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.windows.arrays import Codes, Ints, Mask, stable_order
from pipeline.windows.calendar import Calendar
from pipeline.windows.coded import UNKNOWN, Coded
from pipeline.windows.rows import COLUMNS, NAMED, NO_NUMBER, NUMBERS, SAID, TEXTS, Rows

_CODED = ("customer_id", *TEXTS, *NAMED, SAID)
_FEW = np.iinfo(np.int16).max
_INDEX = pa.dictionary(pa.int32(), pa.string())
A_CUSTOMER = 10  # rows
_WORD = 2  # a decimal of 128 bits is two words, and the lower one holds every number that the log allows


@dataclass(frozen=True)
class Encoded:
    """Events in the order in which they came: one array a column, texts as codes."""

    texts: Mapping[str, Coded]
    numbers: Mapping[str, Ints]
    occurred_us: Ints
    known_us: Ints

    def __len__(self) -> int:
        return len(self.occurred_us)

    def shares(self, calendar: Calendar, most: int, counted: Mask | None = None) -> Iterator[Rows]:
        """Yield the rows of some customers after the other, in order, about `most` rows at a time.

        A customer makes as much work as `A_CUSTOMER` rows. With `counted`, of shape (events,), only the rows for which
        it is true.
        """
        customers = self.texts["customer_id"]
        chosen = np.arange(len(self)) if counted is None or counted.all() else np.flatnonzero(counted)
        each = np.bincount(customers.codes[chosen], minlength=len(customers.names))
        ends = np.cumsum(each)
        work = np.cumsum(each + A_CUSTOMER * (each > 0))
        share_of = (np.maximum(work - 1, 0) // most).astype(np.int16)
        if share_of.any():
            chosen = chosen[np.argsort(share_of[customers.codes[chosen]], kind="stable")]
        for share in np.unique(share_of):
            first, last = np.searchsorted(share_of, [share, share + 1])
            begin = int(ends[first - 1]) if first else 0
            yield self._rows(chosen[begin : int(ends[last - 1])], int(first), int(last), calendar)

    def _rows(self, chosen: Ints, first: int, last: int, calendar: Calendar) -> Rows:
        customer = self.texts["customer_id"].codes[chosen] - first
        occurred = self.occurred_us[chosen]
        order = _order(customer, occurred)
        return Rows(
            customer_ids=self.texts["customer_id"].names[first:last],
            customer=customer[order].astype(np.int64),
            occurred_us=occurred[order],
            known_us=self.known_us[chosen[order]],
            places=chosen[order],
            all_texts=self.texts,
            all_numbers=self.numbers,
            calendar=calendar,
        )


def encode(batches: Sequence[pa.RecordBatch], columns: Sequence[str] = COLUMNS) -> Encoded:
    """Turn batches with these columns into arrays, texts in order of names so that codes do not tell of arrival."""
    occurred = _together(batches, "occurred_at", _instants)
    return Encoded(
        texts={name: _text([_coded(batch, name) for batch in batches]) for name in _CODED if name in columns},
        numbers={name: _together(batches, name, _words) for name in NUMBERS if name in columns},
        occurred_us=occurred,
        known_us=np.maximum(occurred, _together(batches, "received_at", _instants)),
    )


def _order(customer: Ints, occurred_us: Ints) -> Ints:
    """Return the order by customer and time, quick where each customer's rows come in order of time."""
    order = stable_order(customer)
    same = np.diff(customer[order]) == 0
    late = np.flatnonzero(same & (np.diff(occurred_us[order]) < 0))
    if len(late):
        # Only customers of whom something arrived late are put in order of time.
        places = np.flatnonzero(np.isin(customer[order], customer[order[late]]))
        rows = order[places]
        order[places] = rows[np.lexsort((occurred_us[rows], customer[rows]))]
    return order


def _coded(batch: pa.RecordBatch, name: str) -> pa.DictionaryArray:
    """Return a column of text as codes; one that was not read is null."""
    if name not in batch.schema.names:
        return pa.nulls(len(batch), _INDEX)
    column = batch[name]
    if not pa.types.is_dictionary(column.type):
        return pc.dictionary_encode(column.cast(pa.string()))
    return column


def _text(columns: Sequence[pa.DictionaryArray]) -> Coded:
    """Number the names of all batches together, in order."""
    every = pa.concat_arrays([pa.array([], pa.string()), *(column.dictionary for column in columns)])
    numbered = every.dictionary_encode()
    order = pc.sort_indices(numbered.dictionary).to_numpy()
    kind: type[np.signedinteger[Any]] = np.int16 if len(order) <= _FEW else np.int32
    rank = np.empty(len(order), kind)
    rank[order] = np.arange(len(order), dtype=kind)
    ranks = rank[numbered.indices.to_numpy()]
    codes: Codes = np.empty(sum(map(len, columns)), kind)
    name = row = 0
    for column in columns:
        # A null's index, -1, takes the last entry.
        own = np.append(ranks[name : name + len(column.dictionary)], kind(UNKNOWN))
        indices = column.indices.fill_null(UNKNOWN) if column.null_count else column.indices
        codes[row : row + len(column)] = own[indices.to_numpy()]
        name, row = name + len(column.dictionary), row + len(column)
    return Coded(codes, numbered.dictionary.take(pa.array(order)))


def _together(batches: Sequence[pa.RecordBatch], name: str, numbers: Callable[[pa.Array], Ints]) -> Ints:
    return np.concatenate([np.array([], np.int64), *(numbers(batch[name]) for batch in batches)])


def _instants(column: pa.TimestampArray) -> Ints:
    return np.asarray(column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy())


def _words(column: pa.Decimal128Array) -> Ints:
    words = np.frombuffer(column.buffers()[1], np.int64)[::_WORD]
    values: Ints = words[column.offset : column.offset + len(column)]
    if not column.null_count:
        return values
    return np.where(column.is_valid().to_numpy(zero_copy_only=False), values, NO_NUMBER)
