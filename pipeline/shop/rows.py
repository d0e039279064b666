"""Simulated arrays as columns and rows of the tables at rest: identifiers, instants, exact money, late arrivals."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.tables import EVENTS, EXACT, INSTANT
from pipeline.shop.arrays import Column, Floats, Ints, Truths
from pipeline.shop.calendar import DAY, SECOND

LATE_SHARE = 0.03
LATE_MEDIAN_DAYS, LATE_SPREAD = 0.5, 1.3
LATE_BOUNDS_DAYS = (1 / 24, 14)
UNNUMBERED = EVENTS.schema.remove(EVENTS.schema.get_field_index("event_id"))


def identifiers(prefix: str, codes: Ints, digits: int) -> Column:
    """Return the identifiers of things counted from zero, themselves numbered from one: C000001."""
    numbers = pc.utf8_lpad(pa.array(codes + 1, pa.int64()).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, numbers, "")


def customer_ids(codes: Ints) -> Column:
    """Return the identifiers of customers."""
    return identifiers("C", codes, 6)


def joined_text(*parts: Column, between: str = "") -> Column:
    """Join texts row by row."""
    return pc.binary_join_element_wise(*parts, between)


def texts(values: Sequence[str], codes: Ints) -> Column:
    """Return the value at each position."""
    return pa.array(values, pa.string()).take(pa.array(codes))


def null_where(mask: Truths, column: Column) -> Column:
    """Return a column with nulls where `mask` is true."""
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


def instants(microseconds: Ints) -> Column:
    """Return microseconds since 1970 as UTC instants."""
    return pa.array(microseconds, pa.int64()).cast(INSTANT)


def money(cents: Ints) -> Column:
    """Return whole cents as exact decimals."""
    return pc.multiply(whole(cents), pa.scalar(Decimal("0.01"))).cast(EXACT)


def whole(counts: Ints) -> Column:
    """Return whole numbers as exact decimals."""
    return pa.array(counts, pa.int64()).cast(pa.decimal128(19, 0))


def durations(rng: np.random.Generator, count: int, median_seconds: float) -> Column:
    """Draw how long pages were looked at, in whole seconds."""
    lasting: Floats = 1 + median_seconds * rng.lognormal(0, 0.9, count)
    return whole(lasting.astype(np.int64))


def delays(rng: np.random.Generator, count: int) -> Ints:
    """Draw how many microseconds events take to arrive: none for most, hours to days for a few per cent."""
    days = np.clip(LATE_MEDIAN_DAYS * rng.lognormal(0, LATE_SPREAD, count), *LATE_BOUNDS_DAYS)
    seconds = np.where(rng.random(count) < LATE_SHARE, days * (DAY // SECOND), 0)
    return seconds.astype(np.int64) * SECOND


def event_rows(event_type: str, customer: Ints, at: Ints, delay: Ints, **columns: Column) -> pa.Table:
    """Return rows of the events table but for `event_id`; columns that are not given are null.

    `customer` numbers the shop's customers from zero; events of an alias bring their own `customer_id`.
    """
    given = {
        "occurred_at": instants(at),
        "received_at": instants(at + delay),
        "event_type": pa.repeat(event_type, len(at)),
        **columns,
    }
    if "customer_id" not in given:
        given["customer_id"] = customer_ids(customer)
    columns_in_order = [given.get(field.name, pa.nulls(len(at))).cast(field.type) for field in UNNUMBERED]
    return pa.Table.from_arrays(columns_in_order, schema=UNNUMBERED)
