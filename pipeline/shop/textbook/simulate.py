"""The textbook shop, chunk by chunk or as a whole, the same for the same seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import numpy as np
import pyarrow as pa

from pipeline.errors import UserError
from pipeline.shop.calendar import microseconds
from pipeline.shop.textbook.parameters import LIVELY, Parameters
from pipeline.shop.textbook.process import Chunk, draw_chunk
from pipeline.shop.textbook.tables import TRUTH, consent_table, customer_table, event_table, truth_table

CHUNK_CUSTOMERS = 50_000  # what is held in memory at once, whatever the size of the shop
HORIZONS = (timedelta(days=90),)  # of the truth


@dataclass(frozen=True)
class TextbookShop:
    """Tables of the contracts' columns and types, and `truth` with the columns of `tables.TRUTH`.

    `events` are all in [start, end), within a chunk of customers in order of time.
    """

    events: pa.Table
    customers: pa.Table
    consents: pa.Table
    truth: pa.Table


def simulate_textbook(
    customers: int,
    start: datetime,
    end: datetime,
    seed: int,
    *,
    parameters: Parameters = LIVELY,
    truth_at: Sequence[datetime] = (),
    horizons: Sequence[timedelta] = HORIZONS,
) -> TextbookShop:
    """Simulate the textbook shop in memory, with the truth at each of the moments over each of the horizons.

    Raises UserError as textbook_chunks and check_truth.
    """
    check_truth(end, truth_at, horizons)
    chunks = list(textbook_chunks(customers, start, end, seed, parameters))
    truths = [truth for chunk in chunks for truth in truth_tables(chunk, parameters, truth_at, horizons)]
    return TextbookShop(
        events=pa.concat_tables(map(event_table, chunks)).combine_chunks(),
        customers=pa.concat_tables(map(customer_table, chunks)).combine_chunks(),
        consents=pa.concat_tables(map(consent_table, chunks)).combine_chunks(),
        truth=pa.concat_tables([TRUTH.empty_table(), *truths]).combine_chunks(),
    )


def textbook_chunks(
    customers: int, start: datetime, end: datetime, seed: int, parameters: Parameters = LIVELY
) -> Iterator[Chunk]:
    """Give the customers, who join uniformly over [start, end), chunk by chunk; each is drawn when it is asked for.

    A chunk's customers are the same however many chunks follow. Raises UserError at once for no customers, no span or
    a moment without a time zone.
    """
    if customers < 1:
        raise UserError(f"A textbook shop needs at least one customer, got {customers}. Try 2000.")
    if start.tzinfo is None or end.tzinfo is None:
        raise UserError(f"A textbook shop needs moments with a time zone, got {start} and {end}. Try tzinfo=UTC.")
    if start >= end:
        raise UserError(f"A textbook shop must start before it ends, got {start} to {end}. Try two years.")
    return _chunks(customers, (microseconds(start), microseconds(end)), seed, parameters)


def check_truth(end: datetime, moments: Sequence[datetime], horizons: Sequence[timedelta]) -> None:
    """Raise UserError for a moment without a time zone or after the log's end, and for a horizon of no time."""
    for moment in moments:
        if moment.tzinfo is None or moment > end:
            raise UserError(f"The truth is known at moments with a time zone up to {end}, got {moment}. Try the end.")
    if any(horizon <= timedelta(0) for horizon in horizons):
        raise UserError(f"The truth looks some days ahead, got {[str(horizon) for horizon in horizons]}. Try 90 days.")


def truth_tables(
    chunk: Chunk, parameters: Parameters, moments: Sequence[datetime], horizons: Sequence[timedelta]
) -> Iterator[pa.Table]:
    """Give the truth of a chunk at each moment over each horizon."""
    return (truth_table(chunk, parameters, *ahead) for ahead in product(moments, horizons))


def _chunks(customers: int, span: tuple[int, int], seed: int, parameters: Parameters) -> Iterator[Chunk]:
    orders = 0
    for number, first in enumerate(range(0, customers, CHUNK_CUSTOMERS)):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
        chunk = draw_chunk(rng, parameters, min(CHUNK_CUSTOMERS, customers - first), span, (first, orders))
        orders += len(chunk.at)
        yield chunk
