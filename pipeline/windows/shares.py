"""A history's events as rows, some customers after the other, so that a log of any size fits in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.history import History, Tiles
from pipeline.windows import tiles
from pipeline.windows.arrays import Mask
from pipeline.windows.asked import Reading, asked
from pipeline.windows.calendar import Calendar
from pipeline.windows.encoding import Encoded, encode
from pipeline.windows.people import NOBODY, PEOPLE_COLUMNS, People, people_of
from pipeline.windows.rows import SAID, Rows
from pipeline.windows.tiles import Span

READ_AT_ONCE = 4_000_000  # rows
WORKED_ON_AT_ONCE = 400_000

_Read = Iterator[tuple[Encoded, Mask | None]]


def shares(history: History, reading: Reading, rows_read: int) -> Iterator[tuple[Rows, People]]:
    """Yield the events asked for with the people behind them, whole customers at a time, in order of their ids.

    `rows_read` is what `rows_of` says.
    """
    people = _people(history)
    for encoded, counted in _read(history, reading, rows_read):
        for rows in encoded.shares(Calendar(history.time_zone), WORKED_ON_AT_ONCE, counted):
            yield rows, NOBODY if people is None else people_of(people, rows.customer_ids)


def rows_of(history: History, reading: Reading) -> int:
    """Return about how many rows `shares` reads."""
    if history.tiles is None:
        chosen = asked(history.events, reading)
        return int(ibis.get_backend(chosen).execute(chosen.count()))
    return sum(group.rows for group in tiles.groups(history.tiles.files))


def _read(history: History, reading: Reading, rows_read: int) -> _Read:
    """Yield parts of the log, and which of their rows count."""
    if history.tiles is None:
        return _from_engine(history, reading, rows_read)
    return _from_tiles(history, history.tiles, reading)


@dataclass(frozen=True)
class _Direct:
    """Which rows of the files count as they lie: those of some types, and of customers who are in `ids` or are not."""

    event_types: pa.StringArray
    aliases: pa.StringArray
    ids: pa.StringArray
    granted: bool

    def rows(self, encoded: Encoded, span: Span) -> Mask:
        """Mark them; texts are compared name by name."""
        customers, types = encoded.texts["customer_id"], encoded.texts["event_type"]
        mine = pc.and_not(
            pc.equal(pc.is_in(customers.names, self.ids), pa.scalar(self.granted)),
            pc.is_in(customers.names, self.aliases),
        )
        for bound, inside in ((span.low, pc.greater_equal), (span.high, pc.less)):
            mine = mine if bound is None else pc.and_(mine, inside(customers.names, bound))
        wanted = pc.is_in(types.names, self.event_types)
        return np.asarray(_truths(mine)[customers.codes] & _truths(wanted)[types.codes])


def _from_tiles(history: History, log: Tiles, reading: Reading) -> _Read:
    """Read the files as they are, and through the engine what takes a look at more than one row or at properties."""
    engine = ibis.get_backend(log.moved)
    apart = reading.saying if SAID in reading.columns else ()
    saying, plain = (
        replace(reading, event_types=tuple(name for name in reading.event_types if (name in apart) is said))
        for said in (True, False)
    )
    direct = _Direct(
        event_types=pa.array(plain.event_types, pa.string()),
        aliases=engine.to_pyarrow(log.aliases)["alias"].combine_chunks(),
        ids=engine.to_pyarrow(log.permission.ids)["customer_id"].combine_chunks(),
        granted=log.permission.granted,
    )
    found = tiles.groups(log.files)
    for span in tiles.spans(found, READ_AT_ONCE):
        own = list(tiles.read(found, span, reading.columns))
        told = _asked(history.events, saying, span) if saying.event_types else []
        moved = _asked(log.moved, plain, span) if len(direct.aliases) else []
        encoded = encode([*own, *told, *moved], reading.columns)
        counts = np.ones(len(encoded), bool)
        lying = sum(map(len, own))
        counts[:lying] = direct.rows(encoded, span)[:lying]
        yield encoded, counts


def _from_engine(history: History, reading: Reading, rows_read: int) -> _Read:
    for span in _spans(asked(history.events, reading), rows_read):
        yield encode(_asked(history.events, reading, span), reading.columns), None


def _spans(events: ibis.Table, rows: int) -> tuple[Span, ...]:
    """Part all customers into ranges with about `READ_AT_ONCE` rows each."""
    if rows <= READ_AT_ONCE:
        return (tiles.EVERYBODY,)
    counted = events.group_by("customer_id").aggregate(rows=events.count()).order_by("customer_id")
    each = ibis.get_backend(events).to_pyarrow(counted)
    found = [tiles.Group("", 0, name, name, count) for name, count in zip(*each.to_pydict().values(), strict=True)]
    return tiles.spans(found, READ_AT_ONCE)


def _asked(events: ibis.Table, reading: Reading, span: Span) -> list[pa.RecordBatch]:
    chosen = asked(events, reading)
    if span.low is not None:
        chosen = chosen.filter(chosen.customer_id >= span.low)
    if span.high is not None:
        chosen = chosen.filter(chosen.customer_id < span.high)
    batches: list[pa.RecordBatch] = ibis.get_backend(events).to_pyarrow(chosen).to_batches()
    return batches


def _people(history: History) -> pa.Table | None:
    if history.people is None:
        return None
    return ibis.get_backend(history.people).to_pyarrow(history.people.select(*PEOPLE_COLUMNS))


def _truths(marks: pa.BooleanArray) -> Mask:
    return np.asarray(marks.to_numpy(zero_copy_only=False))
