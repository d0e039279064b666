"""A history of some customers only, so that what nobody asks for is neither worked out nor held in memory."""

from dataclasses import replace

import ibis
import pyarrow as pa

from pipeline.events.consent import Permission
from pipeline.events.history import History, Tiles


def of_customers(history: History, customers: pa.StringArray) -> History:
    """Return the history of those of these customers who may be looked at, however its events are read."""
    named = ibis.memtable(pa.table({"customer_id": customers}))
    wanted = Permission(named, granted=True)
    return replace(
        history,
        events=wanted.among(history.events),
        people=None if history.people is None else wanted.among(history.people),
        tiles=None if history.tiles is None else _tiles_of(history.tiles, wanted),
    )


def _tiles_of(tiles: Tiles, wanted: Permission) -> Tiles:
    """Return the files with fewer customers to read of them: being wanted never makes up for not being permitted."""
    both = Permission(tiles.permission.among(wanted.ids), granted=True)
    return replace(tiles, moved=wanted.among(tiles.moved), permission=both)
