"""The textbook process as tables: the log, its customers, their consents, and the truth beside it."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, INSTANT, ORDER_PLACED
from pipeline.shop.calendar import microseconds
from pipeline.shop.rows import customer_ids, event_rows, identifiers, instants, money
from pipeline.shop.textbook.outlook import Outlook, alive, best_outlook, known_at, true_outlook
from pipeline.shop.textbook.parameters import Parameters
from pipeline.shop.textbook.process import Chunk

CURRENCY = "EUR"
PURPOSE = "profiling"
PREDICTIONS = ("churn_probability", "purchase_probability", "expected_orders", "expected_spend")
TRUTH = pa.schema(
    [
        ("customer_id", pa.string()),
        ("moment", INSTANT),
        ("horizon_days", pa.float64()),
        ("alive", pa.bool_()),
        *((name, pa.float64()) for name in PREDICTIONS),
        *((f"best_{name}", pa.float64()) for name in PREDICTIONS),
    ]
)


def event_table(chunk: Chunk) -> pa.Table:
    """Return a chunk's orders in the events contract's columns, in order of time; each is known as it occurs."""
    number = chunk.orders_before + np.arange(len(chunk.at))
    rows = event_rows(
        ORDER_PLACED,
        chunk.customers_before + chunk.customer,
        chunk.at,
        np.zeros(len(chunk.at), np.int64),
        order_id=identifiers("O", number, 9),
        amount=money(chunk.cents),
        currency=pa.repeat(CURRENCY, len(chunk.at)),
    )
    return rows.add_column(0, "event_id", identifiers("E", number, 9)).cast(EVENTS.schema)


def customer_table(chunk: Chunk) -> pa.Table:
    """Return a chunk's customers in the customers contract's columns: known from the first order, without contacts."""
    given = {"customer_id": _ids(chunk), "received_at": instants(chunk.joined)}
    absent = pa.nulls(len(chunk.joined))
    return pa.table([given.get(field.name, absent).cast(field.type) for field in CUSTOMERS.schema], CUSTOMERS.schema)


def consent_table(chunk: Chunk) -> pa.Table:
    """Return everyone's consent to profiling, given with the first order: the textbook knows nobody who refuses."""
    count, joined = len(chunk.joined), instants(chunk.joined)
    granted = pa.repeat(pa.scalar(value=True), count)
    return pa.table([_ids(chunk), pa.repeat(PURPOSE, count), granted, joined, joined], CONSENTS.schema)


def truth_table(chunk: Chunk, parameters: Parameters, moment: datetime, horizon: timedelta) -> pa.Table:
    """Return, for customers who ordered before `moment`, what the `horizon` from it on has in store, as TRUTH.

    Columns that begin with `best_` are the best prediction from the log, the others that from the hidden state.
    """
    known = known_at(chunk, moment)
    count = len(known.customer)
    columns = [
        customer_ids(chunk.customers_before + known.customer),
        instants(np.full(count, microseconds(moment))),
        pa.repeat(horizon / timedelta(days=1), count),
        pa.array(alive(chunk, known)),
        *_columns(true_outlook(chunk, known, horizon)),
        *_columns(best_outlook(known, parameters, horizon)),
    ]
    return pa.table(columns, TRUTH)


def _columns(outlook: Outlook) -> list[pa.Array]:
    """Return the columns named in PREDICTIONS."""
    churn = outlook.churn_probability
    return [pa.array(values) for values in (churn, 1 - churn, outlook.orders, outlook.spend)]


def _ids(chunk: Chunk) -> pa.Array:
    return customer_ids(chunk.customers_before + np.arange(len(chunk.joined)))
