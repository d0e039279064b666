"""How long customers waited after past moments until they ordered again. It reads outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa

from features.matrix import FeatureMatrix, stacked, utc_us
from models.columns import column, narrowed
from models.link import Floats
from models.orders.btyd import READ
from pipeline.events.event_types import ORDER_PLACED
from pipeline.events.outcome import Outcome
from pipeline.windows.rows import DAY_US


@dataclass(frozen=True)
class Waits:
    """Customers who had ordered before a past moment, with the features that a fit reads, and what came of each.

    `wait_days` is the time from the moment to the next order, NaN where none had come when `followed_days` had passed;
    each of shape (n,).
    """

    matrix: FeatureMatrix
    wait_days: Floats
    followed_days: Floats


def waits(matrix: FeatureMatrix, outcomes: Sequence[Outcome]) -> Waits:
    """Return the waits at the cut-offs of `outcomes`, over each one's horizon: the longer, the more is learned."""
    parts = [_had_ordered(matrix, outcome) for outcome in outcomes]
    together = stacked(narrowed(matrix, READ).features, parts)
    found = [_wait_days(part, outcome) for part, outcome in zip(parts, outcomes, strict=True)]
    days = [outcome.horizon / timedelta(days=1) for outcome in outcomes]
    return Waits(together, np.concatenate([np.zeros(0), *found]), np.repeat(days, list(map(len, parts))))


def _had_ordered(matrix: FeatureMatrix, outcome: Outcome) -> FeatureMatrix:
    rows = (matrix.as_of == utc_us(outcome.as_of)) & (column(matrix, READ[0]) > 0)
    return narrowed(matrix, READ, rows)


def _wait_days(matrix: FeatureMatrix, outcome: Outcome) -> Floats:
    orders = outcome.events.filter(outcome.events.event_type == ORDER_PLACED)
    first = orders.group_by("customer_id").aggregate(first=orders.occurred_at.min()).to_pyarrow()
    at = first["first"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
    when = dict(zip(first["customer_id"].to_pylist(), at, strict=True))
    start = utc_us(outcome.as_of).astype(np.int64)
    return np.array([(when.get(customer, np.nan) - start) / DAY_US for customer in matrix.customer_id], np.float64)
