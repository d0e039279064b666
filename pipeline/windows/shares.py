"""A history's events as rows, some customers after the other, so that a log of any size fits in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.history import History, Tiles
from pipeline.windows import tiles
from pipeline.windows.arrays import Mask
from pipeline.windows.asked import asked
from pipeline.windows.calendar import Calendar
from pipeline.windows.encoding import Encoded, encode
from pipeline.windows.people import NOBODY, PEOPLE_COLUMNS, People, people_of
from pipeline.windows.rows import COLUMNS, SAID, SAYING_TYPES, Rows
from pipeline.windows.tiles import Span

READ_AT_ONCE = 4_000_000  # rows
WORKED_ON_AT_ONCE = 400_000

_Read = Iterator[tuple[Encoded, Mask | None]]


def shares(
    history: History, event_types: Sequence[str], columns: Sequence[str] = COLUMNS
) -> Iterator[tuple[Rows, People]]:
    """Yield the events of these types with the people behind them, whole customers at a time, in order of their ids."""
    people = _people(history)
    for encoded, counted in _read(history, event_types, columns):
        for rows in encoded.shares(Calendar(history.time_zone), WORKED_ON_AT_ONCE, counted):
            yield rows, NOBODY if people is None else people_of(people, rows.customer_ids)


def rows_of(history: History) -> int:
    """Return about how many rows `shares` reads."""
    if history.tiles is None:
        return int(ibis.get_backend(history.events).execute(history.events.count()))
    return sum(group.rows for group in tiles.groups(history.tiles.files))


def _read(history: History, event_types: Sequence[str], columns: Sequence[str]) -> _Read:
    """Yield parts of the log, and which of their rows count."""
    if history.tiles is None:
        return _from_engine(history, event_types, columns)
    return _from_tiles(history, history.tiles, event_types, columns)


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


def _from_tiles(history: History, log: Tiles, event_types: Sequence[str], columns: Sequence[str]) -> _Read:
    """Read the files as they are, and through the engine what takes a look at more than one row or at properties."""
    engine = ibis.get_backend(log.moved)
    apart = SAYING_TYPES if SAID in columns else ()
    saying, plain = ([name for name in event_types if (name in apart) is said] for said in (True, False))
    direct = _Direct(
        event_types=pa.array(plain, pa.string()),
        aliases=engine.to_pyarrow(log.aliases)["alias"].combine_chunks(),
        ids=engine.to_pyarrow(log.permission.ids)["customer_id"].combine_chunks(),
        granted=log.permission.granted,
    )
    found = tiles.groups(log.files)
    for span in tiles.spans(found, READ_AT_ONCE):
        own = list(tiles.read(found, span, columns))
        told = _asked(history.events, saying, columns, span) if saying else []
        moved = _asked(log.moved, plain, columns, span) if len(direct.aliases) else []
        encoded = encode([*own, *told, *moved], columns)
        counts = np.ones(len(encoded), bool)
        lying = sum(map(len, own))
        counts[:lying] = direct.rows(encoded, span)[:lying]
        yield encoded, counts


def _from_engine(history: History, event_types: Sequence[str], columns: Sequence[str]) -> _Read:
    for span in _spans(history):
        yield encode(_asked(history.events, event_types, columns, span), columns), None


def _spans(history: History) -> tuple[Span, ...]:
    """Part all customers into ranges with about `READ_AT_ONCE` rows each."""
    events = history.events
    rows = rows_of(history)
    if rows <= READ_AT_ONCE:
        return (tiles.EVERYBODY,)
    counted = events.group_by("customer_id").aggregate(rows=events.count()).order_by("customer_id")
    each = ibis.get_backend(events).to_pyarrow(counted)
    found = [tiles.Group("", 0, name, name, count) for name, count in zip(*each.to_pydict().values(), strict=True)]
    return tiles.spans(found, READ_AT_ONCE)


def _asked(events: ibis.Table, event_types: Sequence[str], columns: Sequence[str], span: Span) -> list[pa.RecordBatch]:
    chosen = asked(events, event_types, columns)
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
