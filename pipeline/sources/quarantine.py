"""The rows that could not be kept, as the quarantine keeps them."""

from collections.abc import Iterator
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa

from pipeline.events.engine import stream
from pipeline.events.forgotten import forgotten_rows
from pipeline.events.store import Store
from pipeline.events.tables import INSTANT, QUARANTINE
from pipeline.events.unwanted import UNWANTED
from pipeline.sources.batch import Batch, Read
from pipeline.sources.mapped import LINE, PART, REASON, Mapped
from pipeline.sources.reading import TEXT, UNREAD
from pipeline.sources.terms import Terms


def rejected(batch: Batch, part: int, first: int | None = None) -> Iterator[pa.Table]:
    """Yield the rejected rows of a portion, or the `first` of each kind, as tables of line, reason and row."""
    one = batch.read[part]
    if len(one.rejects):
        yield one.rejects.slice(0, first)
    bad = batch.staged.bad.filter(batch.staged.bad[PART] == part).select(LINE, REASON).order_by(LINE).limit(first)
    texts = one.mapped.lines.select(LINE, row=as_read(one.mapped))
    before = _rows_before(one)
    for rows in stream(batch.staged.engine, bad.join(texts, LINE).select(LINE, REASON, "row")):
        lines = rows["line"].to_numpy()
        yield pa.table({LINE: lines + np.searchsorted(before, lines), REASON: rows[REASON], "row": rows["row"]})


def silenced(rows: pa.Table, store: Store, terms: Terms) -> pa.Table:
    """Leave out the text of rows that may not rest: with pseudonyms of all, else of those that nobody wants back."""
    unwanted = pa.compute.is_in(rows[REASON], pa.array(UNWANTED))
    forgotten = pa.chunked_array([forgotten_rows(store, rows["row"])])
    silent = True if terms.key is not None else pa.compute.or_(unwanted, forgotten)
    kept = pa.compute.if_else(silent, pa.scalar(None, pa.string()), rows["row"])
    return rows.set_column(rows.schema.get_field_index("row"), "row", kept)


def as_quarantined(rows: pa.Table, one: Read, read_at: datetime) -> pa.Table:
    """Return rejected rows of a portion as rows of the quarantine."""
    told = {"source": one.portion.source.name, "file": one.portion.digest}
    constants = {name: pa.repeat(value, len(rows)) for name, value in told.items()}
    at = pa.repeat(pa.scalar(read_at, INSTANT), len(rows))
    columns = {**constants, **{name: rows[name] for name in (LINE, REASON, "row")}, "ingested_at": at}
    return pa.table({name: columns[name] for name in QUARANTINE.columns}).cast(QUARANTINE.schema)


def as_read(mapped: Mapped) -> ibis.Value:
    """Return each line as it came: that of a table as JSON."""
    lines = mapped.lines
    if TEXT in lines.columns:
        return lines[TEXT]
    names = [name for name in lines.columns if name not in {LINE, UNREAD}]
    return ibis.struct({name: lines[name] for name in names}).cast("json").cast("string")


def _rows_before(one: Read) -> np.ndarray:
    """Return, for each row that the reader gave up on, how many rows it had read before it.

    The reader numbers only what it reads. A row's number in the file is greater by the given-up rows before it.
    """
    given_up = np.sort(one.rejects["line"].to_numpy())
    return given_up - np.arange(1, len(given_up) + 1)
