"""The customers of a simulated process at a cut-off: what was known of them, what lay ahead, and what came of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.link import Floats
from pipeline.events.engine import connect, epoch_us
from pipeline.events.tables import ORDER_PLACED

START, END = datetime(2024, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
CUT_OFF = END - timedelta(days=90)
A_YEAR = timedelta(days=365)
READ = ("event_id", "customer_id", "occurred_at", "received_at", "amount")
AHEAD = ("purchase_probability", "expected_spend", "best_purchase_probability", "best_expected_spend")


@dataclass(frozen=True)
class Simulated:
    """A process's events, and what lay ahead of its customers at the cut-off.

    `truth` has `customer_id`, `horizon_days`, `purchase_probability` and `expected_spend`, and where the best
    prediction from the log is known, the same with `best_` before it.
    """

    events: pa.Table
    truth: pa.Table


@dataclass(frozen=True)
class Judged:
    """Customers with an order in the year before the cut-off, each of shape (n,).

    `purchase` and `spend` are scores by name: higher for those more likely to order, and money. `ordered` (1 or 0) and
    `spent` are what customers did within the horizon.
    """

    customer_id: np.ndarray[Any, Any]
    purchase: dict[str, Floats]
    spend: dict[str, Floats]
    ordered: Floats
    spent: Floats


def judge(simulated: Simulated, horizon: timedelta) -> Judged:
    """Join the truth over a horizon with what the log told at the cut-off, and with what came after it."""
    rows = connect("UTC").to_pyarrow(_joined(simulated, horizon))
    of = {name: np.asarray(rows[name].to_numpy(), np.float64) for name in rows.column_names if name != "customer_id"}
    purchase = {"truth": of["purchase_probability"], "recency": of["last"], "frequency": of["orders"]}
    spend = {"truth": of["expected_spend"], "last_year": of["revenue"] * (horizon / A_YEAR)}
    if "best_purchase_probability" in of:
        purchase["best"], spend["best"] = of["best_purchase_probability"], of["best_expected_spend"]
    ordered = (of["orders_after"] > 0).astype(np.float64)
    return Judged(rows["customer_id"].to_numpy(), purchase, spend, ordered, of["spent_after"])


def _joined(simulated: Simulated, horizon: timedelta) -> ibis.Table:
    """Return a row for each customer with an order in the last year, in the order of their ids."""
    truth = ibis.memtable(simulated.truth)
    ahead = truth.filter(truth.horizon_days == horizon / timedelta(days=1))
    ahead = ahead.select("customer_id", *(name for name in AHEAD if name in truth.columns))
    orders = ibis.memtable(_orders(simulated.events)).distinct(on="event_id", keep="first")
    known = ahead.join(_before(orders), "customer_id")
    both = known.left_join(_after(orders, horizon), "customer_id").drop("customer_id_right")
    return both.fill_null({"orders_after": 0, "spent_after": 0}).order_by("customer_id")


def _orders(events: pa.Table) -> pa.Table:
    return events.select(READ).filter(pc.equal(events["event_type"], ORDER_PLACED))


def _before(orders: ibis.Table) -> ibis.Table:
    """Return the last year's orders by customer, those that had arrived at the cut-off."""
    cut_off = ibis.literal(CUT_OFF)
    known = orders.filter(
        orders.occurred_at >= ibis.literal(CUT_OFF - A_YEAR), orders.occurred_at < cut_off, orders.received_at < cut_off
    )
    return known.group_by("customer_id").aggregate(
        last=epoch_us(known.occurred_at.max()), orders=known.count(), revenue=known.amount.sum()
    )


def _after(orders: ibis.Table, horizon: timedelta) -> ibis.Table:
    """Return the orders from the cut-off on by customer, whenever they arrived."""
    end = ibis.literal(CUT_OFF + horizon)
    later = orders.filter(orders.occurred_at >= ibis.literal(CUT_OFF), orders.occurred_at < end)
    return later.group_by("customer_id").aggregate(orders_after=later.count(), spent_after=later.amount.sum())
