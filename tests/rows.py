"""Hand-written events as an Ibis table with the contract's columns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa

from pipeline.events.tables import EVENTS

Row = dict[str, object]
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def days_before(days: float, moment: datetime = AS_OF) -> datetime:
    """The instant `days` days before the moment."""
    return moment - timedelta(days=days)


def event(
    customer: str, occurred_at: datetime, event_type: str = "order_placed", **fields: object
) -> dict[str, object]:
    """One row of the events table; it arrived when it occurred unless `received_at` says otherwise."""
    told = {
        "event_id": str(fields),
        "customer_id": customer,
        "occurred_at": occurred_at,
        "received_at": occurred_at,
        "event_type": event_type,
    }
    exact = ("amount", "quantity", "discount", "duration_seconds")
    amount = {name: Decimal(str(fields[name])) for name in exact if fields.get(name) is not None}
    return {**dict.fromkeys(EVENTS.columns), **told, **fields, **amount}


def arrow(rows: list[Row]) -> pa.Table:
    """The rows as Arrow, in the contract's types."""
    return pa.Table.from_pylist(rows, schema=EVENTS.schema)


def table(rows: list[Row]) -> ibis.Table:
    """The rows as Ibis, in the contract's types."""
    return ibis.memtable(arrow(rows), schema=ibis.Schema.from_pyarrow(EVENTS.schema))
